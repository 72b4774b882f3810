import { expect, test } from 'vitest'
import { createClock } from '../../core/clock.ts'
import { silentLog } from '../../core/log.ts'
import { Secret } from '../../core/secret.ts'
import { ozon } from './index.ts'

test('settings take the id as YAML gives it and hide the key', () => {
  const fromText = ozon.settings.parse({ clientId: '123', apiKey: 'very-secret' })
  const fromYaml = ozon.settings.parse({ clientId: 123, apiKey: new Secret('very-secret') })

  expect([fromText.clientId, fromYaml.clientId]).toEqual(['123', '123'])
  expect([fromText.apiKey.reveal(), fromYaml.apiKey.reveal()]).toEqual(['very-secret', 'very-secret'])
  expect(JSON.stringify(fromText)).not.toContain('very-secret')
})

test.each([
  { clientId: 'abc', apiKey: 'k' },
  { clientId: '123', apiKey: '' },
  { clientId: '123' },
  { clientId: '123', apiKey: 'k', clientID: '1' },
])('settings %j are refused', (value) => {
  expect(ozon.settings.safeParse(value).success).toBe(false)
})

test('the ownership mark is the base URL without a slash at its end and the client id', async () => {
  const settings = ozon.settings.parse({ clientId: '123', apiKey: 'k' })
  const connector = ozon.create(
    { name: 'ozon-main', baseUrl: 'https://api.example/', settings },
    { clock: createClock(), random: () => 0, log: silentLog },
  )

  const { account, marketplace, baseUrl, ownId } = connector
  await connector.close()

  expect({ account, marketplace, baseUrl, ownId }).toEqual({
    account: 'ozon-main',
    marketplace: 'ozon',
    baseUrl: 'https://api.example',
    ownId: '123',
  })
})
