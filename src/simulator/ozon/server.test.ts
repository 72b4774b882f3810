import { expect, it } from 'vitest'
import { createTestClock, startTestSimulator } from './test-support.ts'
import { startOzonSimulator } from './index.ts'

it('says how to help when the port is taken', async () => {
  const first = await startOzonSimulator({ port: 0, clock: createTestClock() })

  const second = startOzonSimulator({ port: first.port, clock: createTestClock() })

  await expect(second).rejects.toMatchObject({
    kind: 'config',
    code: 'simulator.listen_failed',
    remedy: 'Choose another --port, or stop the program that uses this one.',
  })
  await first.close()
})

it('closes twice without complaint and frees the port', async () => {
  const simulator = await startOzonSimulator({ port: 0, clock: createTestClock() })

  await simulator.close()
  await simulator.close()
  const again = await startOzonSimulator({ port: simulator.port, clock: createTestClock() })

  expect(again.url).toBe(`http://127.0.0.1:${simulator.port}`)
  await again.close()
})

it('notes what the schema check finds, and a body that is no JSON', async () => {
  const simulator = await startTestSimulator({ validateRequest: (path, body) => [`${path} ${JSON.stringify(body)}`] })

  await simulator.api('/v1/roles', { a: 1 })
  await simulator.api('/v1/roles', '{')
  const found = (await simulator.entries('requests')).map((line) => line['schemaErrors'])
  await simulator.close()

  expect(found).toEqual([['/v1/roles {"a":1}'], ['the body is no JSON']])
})
