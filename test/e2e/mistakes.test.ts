import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { clothingShop } from '../../fixtures/clothing-shop.ts'
import { writeExport } from '../../fixtures/ut-export.ts'
import { commandsIn, type CommandResult } from './command-line.ts'
import { NAMES, WRITTEN, type Edit } from './mistakes.ts'
import { createProject, type Project } from './project.ts'
import { stampOf } from './shop-on-ozon.ts'

/** What an admin reads after each mistake. Written anew by `vitest -u`; to be read whenever it changes. */
const GOLDEN = '../golden/mistakes.txt'
/** A place, or the account that is meant; then the cause. */
const FINDING = /^(?:\S+ )?(?:error|warning) \S/m

let project: Project
beforeAll(async () => {
  project = await createProject({ commandsOnly: true })
  await writeFile(join(project.inbox, 'placeholder'), '')
})
afterAll(() => project.close())

const told: string[] = []

/** Puts the files of the shop back to what they were. */
async function undone<T>(work: () => Promise<T>): Promise<T> {
  const kept = join(project.root, 'kept')
  for (const folder of ['config', 'pipelines']) {
    await cp(join(project.root, folder), join(kept, folder), { recursive: true })
  }
  const env = await readFile(join(project.root, '.env'), 'utf8')
  try {
    return await work()
  } finally {
    for (const folder of ['config', 'pipelines']) {
      await rm(join(project.root, folder), { recursive: true })
      await cp(join(kept, folder), join(project.root, folder), { recursive: true })
    }
    await rm(kept, { recursive: true })
    await writeFile(join(project.root, '.env'), env)
  }
}

async function make({ file, from, to }: Edit): Promise<void> {
  const path = join(project.root, file)
  const text = await readFile(path, 'utf8')
  if (!text.includes(from)) throw new Error(`${file} does not hold ${from}`)
  await writeFile(
    path,
    text.replace(from, () => to),
  )
}

/** Notes what a person reads, without what differs from machine to machine. */
function tell(what: string, change: string, { exitCode, out, err }: CommandResult): string {
  const text = `${err}${out}`
    .replaceAll(project.root, '<shop>')
    .replaceAll(project.simulator.url, '<ozon>')
    .replaceAll(/\d\d\.\d\d\.\d{4} \d\d:\d\d/g, '<time>')
    .replaceAll(/\d{4}-\d\d-\d\d/g, '<date>')
  told.push(`# ${told.length + 1}. ${what}\n${change}\nexit code ${exitCode}\n\n${text.trim()}\n`)
  return text
}

test.each(WRITTEN)('$what', async (mistake) => {
  const result = await undone(async () => {
    await make(mistake)
    return commandsIn(project)('check', '--offline')
  })

  const { file, from, to } = mistake
  const text = tell(mistake.what, `${file}: ${from} → ${to}`.replaceAll('\n', '⏎').replaceAll('\t', '⇥'), result)
  expect(result.exitCode).toBe(2)
  expect(text).toMatch(FINDING)
  expect(text).toMatch(/^(?:config|pipelines)\/\S+:\d+/m)
})

const FOLDERS: readonly {
  what: string
  break: (root: string) => Promise<void>
  mend: (root: string) => Promise<void>
}[] = [
  {
    what: 'the state folder is a file',
    break: (root) => writeFile(join(root, 'state'), ''),
    mend: (root) => rm(join(root, 'state')),
  },
  {
    what: 'an inbox that does not exist',
    break: (root) => rm(join(root, '1c', 'goods'), { recursive: true }),
    mend: async (root) => {
      await mkdir(join(root, '1c', 'goods'))
    },
  },
  {
    what: 'the folder of the order file is a file',
    break: (root) => writeFile(join(root, '1c', 'orders'), ''),
    mend: (root) => rm(join(root, '1c', 'orders')),
  },
  {
    what: 'no configuration at all',
    break: (root) => rm(join(root, 'config'), { recursive: true }),
    mend: () => Promise.resolve(),
  },
]

test.each(FOLDERS)('$what', async ({ what, break: spoil, mend }) => {
  const result = await undone(async () => {
    await spoil(project.root)
    try {
      return await commandsIn(project)('check', '--offline')
    } finally {
      await mend(project.root)
      await mkdir(join(project.root, 'config'), { recursive: true })
    }
  })

  expect(tell(what, 'folders', result)).toMatch(FINDING)
})

const KEYS: readonly { what: string; key: object; edit?: Edit }[] = [
  { what: 'a wrong key', key: { apiKey: 'another' } },
  { what: 'a key that was withdrawn', key: { deactivated: true } },
  { what: 'a key that may not write prices', key: { methods: ['/v2/warehouse/list', '/v1/roles'] } },
  {
    what: 'a warehouse that the cabinet does not have',
    key: {},
    edit: { what: '', file: 'config/marketplaces.yaml', from: "'FBS Подольск'", to: "'FBS Подолск'" },
  },
]

test.each(KEYS)('$what', async ({ what, key, edit }) => {
  await project.ozon.send('POST', 'keys', { clientId: '1001', apiKey: 'test-key', ...key })
  const result = await undone(async () => {
    if (edit !== undefined) await make(edit)
    return commandsIn(project)('check')
  })
  await project.ozon.send('POST', 'keys', { clientId: '1001', apiKey: 'test-key' })

  expect(result.exitCode).toBeGreaterThan(0)
  expect(tell(what, 'the cabinet', result)).toMatch(FINDING)
})

test('names that 1C does not have', async () => {
  await rm(join(project.inbox, 'placeholder'))
  const service = await project.open({ start: false })
  const folder = join(project.inbox, 'webdata')
  await mkdir(folder, { recursive: true })
  for (const { name, text } of writeExport(clothingShop(), { stamp: stampOf(project.clock.now()), scope: 'full' })) {
    await writeFile(join(folder, name), text)
  }
  await service.runOnce()
  await service.close()

  for (const mistake of NAMES) {
    const result = await undone(async () => {
      await make(mistake)
      return commandsIn(project)('plan', mistake.pipeline)
    })
    const text = tell(mistake.what, `${mistake.file}: ${mistake.from} → ${mistake.to}`, result)
    expect(text).toContain('nothing would be sent')
    expect(text).toMatch(/(?:config|pipelines)\/\S+:\d+/)
  }
})

test('every message reads well', async () => {
  expect(told.length).toBeGreaterThanOrEqual(40)
  await expect(told.join('\n')).toMatchFileSnapshot(GOLDEN)
})
