import { request } from 'node:http'
import { afterEach, expect, it, vi } from 'vitest'
import { simulateCommand } from './simulate.ts'

afterEach(() => vi.restoreAllMocks())

it('runs until it is told to stop, and says where', async () => {
  let printed = ''
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    printed += String(text)
    return true
  })

  const running = simulateCommand().parseAsync(['ozon', '--port', '0'], { from: 'user' })
  await vi.waitUntil(() => printed !== '')
  const url = /http:\/\/127\.0\.0\.1:\d+/.exec(printed)?.[0] ?? ''
  const status = await statusOf(`${url}/_sim/state`)
  process.emit('SIGTERM')
  await running

  expect(status).toBe(200)
  expect(printed).toContain(`PUT ${url}/_sim/faults`)
  await expect(statusOf(`${url}/_sim/state`)).rejects.toMatchObject({ code: 'ECONNREFUSED' })
})

it('refuses a port that is none', async () => {
  vi.spyOn(process.stderr, 'write').mockReturnValue(true)
  const command = simulateCommand()
  for (const part of [command, ...command.commands]) part.exitOverride()

  const parsed = command.parseAsync(['ozon', '--port', '70000'], { from: 'user' })

  await expect(parsed).rejects.toMatchObject({ code: 'commander.invalidArgument' })
})

function statusOf(url: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    request(url, { agent: false }, (response) => {
      response.resume()
      resolve(response.statusCode)
    })
      .on('error', reject)
      .end()
  })
}
