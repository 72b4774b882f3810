import { readdirSync, readFileSync } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Command } from 'commander'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { obmen } from '../../test/e2e/command-line.ts'
import { lockFolder } from '../state/lock.ts'
import { createProgram } from './program.ts'

const REPOSITORY = join(import.meta.dirname, '..', '..')

let root: string
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'obmen-cli-'))
})
afterEach(async () => {
  vi.unstubAllEnvs()
  await rm(root, { recursive: true, force: true })
})

/** Every command by its path: `held release`. */
function paths(command: Command, prefix = ''): string[] {
  return command.commands.flatMap((child) => {
    const path = `${prefix}${child.name()}`
    return [path, ...paths(child, `${path} `)]
  })
}

const COMMANDS = paths(createProgram())

async function writeProject(obmenYaml: string): Promise<void> {
  await mkdir(join(root, 'config'))
  await mkdir(join(root, 'pipelines'))
  await writeFile(join(root, 'config', 'obmen.yaml'), obmenYaml)
  await writeFile(
    join(root, 'pipelines', '1c.yaml'),
    'name: 1c\nfrom: { exchange: main }\nto: { catalogue: main }\nstages: [{ parse: { format: commerceml } }, diff, store]\n',
  )
}

const BASE = 'exchanges:\n  main: { inboxes: [./in], timezone: Europe/Moscow }\n'

test.each(COMMANDS)('%s explains itself', async (path) => {
  const { exitCode, out, err } = await obmen([...path.split(' '), '--help'])

  expect([exitCode, err]).toEqual([0, ''])
  expect(out).toMatch(new RegExp(`^Usage: obmen ${path}\\b`))
  expect(out.split('\n')[2]).toMatch(/^[a-z].{10,}$/)
})

test.each([
  [['chekc'], 'error: unknown command \'chekc\'\n(Did you mean check?)\n(see "obmen --help")\n'],
  [['held', 'relase', 'x'], 'error: unknown command \'relase\'\n(Did you mean release?)\n(see "obmen held --help")\n'],
  [
    ['orders', 'ls', '--jsn'],
    'error: unknown option \'--jsn\'\n(Did you mean --json?)\n(see "obmen orders ls --help")\n',
  ],
  [['approve'], 'error: missing required argument \'account\'\n(see "obmen approve --help")\n'],
])('%j says what was meant and ends with 2', async (args, err) => {
  expect(await obmen(args)).toEqual({ exitCode: 2, out: '', err })
})

test('a missing variable, a typo and a wrong folder are named with their place', async () => {
  await writeProject(`${BASE}mail:\n  smpt: x\n  smtp: \${SMTP_OF_NOBODY}\n  from: a@b.ru\n  people: {}\n  send: {}\n`)

  const here = await obmen(['-C', root, 'status'])
  const elsewhere = await obmen(['-C', join(root, 'nowhere'), 'check'])

  expect(here.exitCode).toBe(2)
  expect(here.err).toMatch(/^error config\.invalid: loading the configuration:\n/)
  expect(here.err).toContain('config/obmen.yaml:4:3 error ')
  expect(here.err).toContain('did you mean "smtp"?')
  expect(here.err).toContain(
    'error env.missing: the variable SMTP_OF_NOBODY is not set; write SMTP_OF_NOBODY=… into .env',
  )
  expect(elsewhere.exitCode).toBe(2)
  expect(elsewhere.err).toContain(
    'run obmen in the folder that holds config/ and pipelines/, or name that folder with --dir',
  )
})

test('check names folders that are missing or cannot be written; run refuses them in words', async () => {
  await writeProject(`state: ./file/state\n${BASE}`)
  await writeFile(join(root, 'file'), '')

  const checked = await obmen(['-C', root, 'check'])
  const run = await obmen(['-C', root, 'run'])

  expect(checked).toEqual({
    exitCode: 6,
    out: 'configuration is sound: 1 exchange(s), 0 account(s), 1 pipelines\n',
    err:
      `error state folder ${join(root, 'file', 'state')}: ${join(root, 'file')} is no folder; take that file away, or write another path into config/obmen.yaml\n` +
      `warning exchange main: the inbox ${join(root, 'in')} does not exist; make it, or correct the path: 1C must write there\n`,
  })
  expect(run).toEqual({
    exitCode: 6,
    out: '',
    err:
      `error state.not_writable: opening the state folder ${join(root, 'file', 'state')}: it cannot be written (ENOTDIR)\n` +
      '  Give the account that runs Obmen the right to write there, or set another "state" in config/obmen.yaml.\n',
  })
})

test('a locked state folder and a taken port are told without a stack', async () => {
  await writeProject(BASE)
  const release = await lockFolder(join(root, 'state'), { owner: 'obmen' })
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const { port } = server.address() as { port: number }

  const run = await obmen(['-C', root, 'run'])
  const simulate = await obmen(['simulate', 'ozon', '--port', String(port)])
  server.close()
  await release()

  expect(run.exitCode).toBe(6)
  expect(run.err).toMatch(
    /^error state\.locked: .* belongs to "obmen" with process id \d+ on \S+\n {2}Stop that process first/,
  )
  expect(simulate.exitCode).toBe(2)
  expect(simulate.err).toMatch(/^error simulator\.listen_failed: listening on 127\.0\.0\.1:\d+: .*\n {2}Choose another/)
})

test('people are told to use commands that exist', () => {
  const sources = ['src', 'config', 'pipelines', 'README.md'].flatMap((name) => filesOf(join(REPOSITORY, name)))
  const told = sources.flatMap((file) =>
    readFileSync(file, 'utf8')
      .split('\n')
      .filter((line) => !/^\s*(?:\/\/|\/?\*)/.test(line))
      .flatMap((line) => [...line.matchAll(/(?:["«:(`]|^|[,а-яё]) ?obmen ([a-z]+)(?: ([a-z]+))?/g)])
      .map(([, command = '', word]) => {
        const hasParts = COMMANDS.some((path) => path.startsWith(`${command} `))
        return { file, path: hasParts && word !== undefined ? `${command} ${word}` : command }
      }),
  )

  expect(told.length).toBeGreaterThan(20)
  expect(told.filter(({ path }) => !['help', ...COMMANDS].includes(path))).toEqual([])
})

function filesOf(path: string): string[] {
  if (path.endsWith('.md')) return [path]
  const names = readdirSync(path, { recursive: true }) as string[]
  return names
    .filter((name) => /\.(?:ts|ya?ml)$/.test(name) && !name.endsWith('.test.ts'))
    .map((name) => join(path, name))
}
