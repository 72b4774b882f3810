import { execFileSync } from 'node:child_process'
import {
  closeSync,
  copyFileSync,
  existsSync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { dirname, join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { createFiles } from '../../src/state/disk.ts'
import { exportOf } from './export-text.ts'
import { INCOMPLETE, openWorld, SETTLE, type Hands, type World, type WorldOptions } from './world.ts'

const WHOLE = exportOf(40, 100)
const OTHER = exportOf(40, 200)
const LONGER = exportOf(45, 200)
const GOES_ON = SETTLE + 2_000
const GIVEN_UP = INCOMPLETE + SETTLE + 5_000

let worlds: World[] = []
afterEach(() => {
  for (const world of worlds) world.remove()
  worlds = []
})

function open(options?: WorldOptions): World {
  const world = openWorld(options)
  worlds.push(world)
  return world
}

/** Every effect is one of the contents that stood there whole. */
function expectWhole({ effects }: World, ...whole: readonly Buffer[]): void {
  for (const effect of effects) expect(whole.some((each) => each.equals(effect))).toBe(true)
}

function shown({ effects }: World): string[] {
  return effects.map((effect) =>
    effect.equals(WHOLE)
      ? 'whole'
      : effect.equals(OTHER)
        ? 'other'
        : effect.equals(LONGER)
          ? 'longer'
          : `${effect.length} bytes`,
  )
}

/** Writes into a file that stands there, without making it anew. */
function overwrite(path: string, at: number, bytes: Buffer): void {
  const file = openSync(path, 'r+')
  writeSync(file, bytes, 0, bytes.length, at)
  fsyncSync(file)
  closeSync(file)
}

for (const take of ['move', 'copy'] as const) {
  describe(`take: ${take}`, () => {
    test.each(Array.from({ length: 200 }, (_, i) => Math.floor((i * WHOLE.length) / 200)))(
      'a file cut off at byte %i has no effect, and is taken once it is whole',
      async (offset) => {
        const world = open({ take })
        const path = join(world.inbox, 'offers.xml')
        writeFileSync(path, WHOLE.subarray(0, offset))
        await world.pass(30_000)
        expect(world.effects).toEqual([])

        writeFileSync(path, WHOLE)
        await world.pass(GOES_ON)

        expect(shown(world)).toEqual(['whole'])
        expect(world.quarantined()).toEqual([])
      },
    )

    test.each([0, 1, 37, 200, WHOLE.length >> 1, WHOLE.length - 30, WHOLE.length - 1])(
      'a file that stays cut off at byte %i goes to quarantine after the time for it',
      async (offset) => {
        const world = open({ take })
        writeFileSync(join(world.inbox, 'offers.xml'), WHOLE.subarray(0, offset))

        await world.pass(INCOMPLETE - 5_000)
        expect(world.quarantined()).toEqual([])
        await world.pass(10_000)

        expect(world.effects).toEqual([])
        expect(world.quarantined()).toHaveLength(1)
        expect(world.quarantined()[0]).toMatch(/^offers\.xml (?:xml\.|files\.not_closed)/)
      },
    )

    test.each([
      [64, 100],
      [64, 1_900],
      [64, 2_500],
      [700, 15_000],
      [4_000, 40_000],
      [4_000, INCOMPLETE - 3_000],
    ])('a writer of %i bytes at a time with pauses of %i ms is waited for', async (bytes, pause) => {
      const world = open({ take })
      const path = join(world.inbox, 'offers.xml')
      const file = openSync(path, 'w')

      // A fine writer over a long pause would only repeat itself.
      const steps = Math.min(40, Math.ceil(WHOLE.length / bytes))
      for (let step = 0; step < steps; step++) {
        const from = Math.floor((step * WHOLE.length) / steps)
        const to = Math.floor(((step + 1) * WHOLE.length) / steps)
        writeSync(file, WHOLE, from, to - from, from)
        if (step < steps - 1) await world.pass(pause)
        expect(world.effects).toEqual([])
      }
      closeSync(file)
      await world.pass(GOES_ON)

      expect(shown(world)).toEqual(['whole'])
      expect(world.quarantined()).toEqual([])
    })

    describe('room reserved before it is filled', () => {
      const HOLES = Array.from(
        { length: 20 },
        (_, i) => [Math.floor((i * WHOLE.length) / 20), Math.floor(((i + 1) * WHOLE.length) / 20)] as const,
      )

      test.each(HOLES)('bytes %i to %i come last: nothing before, the whole after', async (from, to) => {
        const world = open({ take })
        const path = join(world.inbox, 'offers.xml')
        const holed = Buffer.from(WHOLE)
        holed.fill(0, from, to)
        writeFileSync(path, holed)
        await world.pass(INCOMPLETE - 5_000)
        expect([world.effects, world.quarantined()]).toEqual([[], []])

        overwrite(path, from, WHOLE.subarray(from, to))
        await world.pass(GOES_ON)

        expect(shown(world)).toEqual(['whole'])
        expect(world.quarantined()).toEqual([])
      })

      test.each([...HOLES.filter((_, i) => i % 5 === 2), [WHOLE.length, WHOLE.length + 4096] as const])(
        'zeros from %i to %i that stay are given up',
        async (from, to) => {
          const world = open({ take })
          const path = join(world.inbox, 'offers.xml')
          writeFileSync(path, WHOLE)
          const file = openSync(path, 'r+')
          if (to > WHOLE.length) ftruncateSync(file, to)
          else writeSync(file, Buffer.alloc(to - from), 0, to - from, from)
          closeSync(file)

          await world.pass(GIVEN_UP)

          expect(world.effects).toEqual([])
          expect(world.quarantined()).toEqual(['offers.xml xml.nul_bytes'])
        },
      )

      test('a sparse file is waited for until its holes are filled, end first', async () => {
        const world = open({ take })
        const path = join(world.inbox, 'offers.xml')
        writeFileSync(path, '')
        const file = openSync(path, 'r+')
        ftruncateSync(file, WHOLE.length)
        writeSync(file, WHOLE, WHOLE.length - 100, 100, WHOLE.length - 100)
        await world.pass(20_000)
        writeSync(file, WHOLE, 0, 100, 0)
        await world.pass(20_000)
        expect(world.effects).toEqual([])
        writeSync(file, WHOLE, 0, WHOLE.length, 0)
        closeSync(file)

        await world.pass(GOES_ON)

        expect(shown(world)).toEqual(['whole'])
      })
    })

    test.each([
      ['in the past', 1_000_000],
      ['of 1970', 0],
      ['in the future', 4_000_000_000],
      ['of 2038', 2_147_483_648],
    ])('a kept time %s neither hurries nor delays', async (_when, seconds) => {
      const world = open({ take })
      const path = join(world.inbox, 'offers.xml')
      for (const part of [0.3, 0.6, 0.9]) {
        writeFileSync(path, WHOLE.subarray(0, Math.floor(WHOLE.length * part)))
        utimesSync(path, seconds, seconds)
        await world.pass(SETTLE + 1_000)
        expect(world.effects).toEqual([])
      }
      writeFileSync(path, WHOLE)
      utimesSync(path, seconds, seconds)
      await world.pass(SETTLE - 1_000)
      expect(world.effects).toEqual([])
      await world.pass(GOES_ON)

      expect(shown(world)).toEqual(['whole'])
    })

    test('a file renamed into the inbox is taken', async () => {
      const world = open({ take })
      writeFileSync(join(world.root, 'offers.tmp'), WHOLE)
      renameSync(join(world.root, 'offers.tmp'), join(world.inbox, 'offers.xml'))

      await world.pass(GOES_ON)

      expect(shown(world)).toEqual(['whole'])
    })

    test('a file written under another name and renamed is taken, the draft never', async () => {
      const world = open({ take })
      for (const draft of ['offers.xml.tmp', '~offers.xml', '.offers.xml', 'offers.xml.part']) {
        writeFileSync(join(world.inbox, draft), WHOLE)
      }
      await world.pass(GIVEN_UP)
      expect([world.effects, world.quarantined()]).toEqual([[], []])
      renameSync(join(world.inbox, 'offers.xml.tmp'), join(world.inbox, 'offers.xml'))

      await world.pass(GOES_ON)

      expect(shown(world)).toEqual(['whole'])
    })

    describe('rewritten while we read', () => {
      const MOMENTS: readonly (keyof Hands)[] = ['beforeClaim', 'beforePass1', 'duringPass1', 'beforeEffect']
      const WAYS: Readonly<Record<string, readonly [Buffer, (path: string) => void]>> = {
        'by as many bytes': [OTHER, (path) => overwrite(path, 0, OTHER)],
        'by more bytes': [LONGER, (path) => writeFileSync(path, LONGER)],
        'a byte in the middle': [
          OTHER,
          (path) => overwrite(path, WHOLE.length >> 1, OTHER.subarray(WHOLE.length >> 1)),
        ],
        'by garbage, then by the new file': [OTHER, (path) => overwrite(path, 500, Buffer.from('<<<'.repeat(40)))],
        'to nothing, then by the new file': [OTHER, (path) => writeFileSync(path, '')],
        'by as many bytes with its time kept': [
          OTHER,
          (path) => {
            const { atime, mtime } = statSync(path)
            overwrite(path, 0, OTHER)
            utimesSync(path, atime, mtime)
          },
        ],
      }
      const cases = MOMENTS.flatMap((moment) => Object.keys(WAYS).map((way) => [moment, way] as const))

      test.each(cases)('%s, %s: nothing mixed has an effect, and the new file comes', async (moment, way) => {
        const world = open({ take })
        const path = join(world.inbox, 'offers.xml')
        writeFileSync(path, WHOLE)
        const [next, write] = WAYS[way] as (typeof WAYS)[string]
        let hit = ''
        world.hands[moment] = (found) => {
          if (hit !== '') return
          hit = found
          // Who holds the file open writes into it wherever it was moved to; of a copy he writes into his own.
          write(take === 'copy' ? path : found)
        }

        await world.pass(GOES_ON)
        // The writer ends with the new file whole, where he began.
        const at = [path, hit].find((each) => existsSync(each)) ?? path
        writeFileSync(at, next)
        await world.pass(GOES_ON * 2)

        expectWhole(world, WHOLE, next)
        expect(shown(world).at(-1)).toBe(next === OTHER ? 'other' : 'longer')
        expect(world.quarantined()).toEqual([])
        expect(world.places().work).toEqual([])
      })
    })

    test.each([0, 1_000, SETTLE])('a file deleted %i ms after it came has no effect', async (ms) => {
      const world = open({ take })
      const path = join(world.inbox, 'offers.xml')
      writeFileSync(path, WHOLE.subarray(0, -1))
      await world.pass(ms)
      unlinkSync(path)

      await world.pass(GIVEN_UP)

      expect([world.effects, world.quarantined()]).toEqual([[], []])
    })

    test.each(['beforeClaim'] as const)('a file that goes %s is no fault', async (moment) => {
      const world = open({ take })
      const path = join(world.inbox, 'offers.xml')
      writeFileSync(path, WHOLE)
      world.hands[moment] = (found) => rmSync(found, { force: true })

      await world.pass(GOES_ON)

      expect([world.effects, world.places().work, world.quarantined()]).toEqual([[], [], []])
    })

    test('a file that comes, goes and comes again is taken when it stood still', async () => {
      const world = open({ take })
      const path = join(world.inbox, 'offers.xml')
      for (let i = 0; i < 10; i++) {
        writeFileSync(path, WHOLE)
        await world.pass(1_000)
        unlinkSync(path)
        await world.pass(1_000)
      }
      expect(world.effects).toEqual([])
      writeFileSync(path, WHOLE)

      await world.pass(GOES_ON)

      expect(shown(world)).toEqual(['whole'])
    })

    test('another file of the same size and time in its place is another file', async () => {
      const world = open({ take })
      const path = join(world.inbox, 'offers.xml')
      const put = (bytes: Buffer): void => {
        writeFileSync(join(world.root, 'draft'), bytes)
        utimesSync(join(world.root, 'draft'), 1_000_000, 1_000_000)
        renameSync(join(world.root, 'draft'), path)
      }
      put(WHOLE)
      await world.pass(1_000)
      put(OTHER)
      await world.pass(SETTLE - 1_000)
      expect(world.effects).toEqual([])
      await world.pass(GOES_ON)
      expect(shown(world)).toEqual(['other'])

      put(WHOLE)
      await world.pass(GOES_ON)

      expect(shown(world)).toEqual(['other', 'whole'])
    })

    test('a good file is taken within a look and the time to settle', async () => {
      const world = open({ take })
      await world.pass(5_000)
      writeFileSync(join(world.inbox, 'offers.xml'), WHOLE)

      await world.pass(SETTLE + 1_000)

      expect(shown(world)).toEqual(['whole'])
    })

    test.each([
      ['255 bytes', `${'x'.repeat(251)}.xml`],
      ['255 bytes of Cyrillic', `${'ж'.repeat(125)}1.xml`],
      ['blanks', 'выгрузка из 1С (2).xml'],
      ['a picture', 'остатки 😀.xml'],
      ['a device of Windows', 'CON.xml'],
      ['capitals', 'OFFERS.XML'],
      ['quotes', 'a"b\'c.xml'],
      ['a line end', 'a\nb.xml'],
      ['two dots', 'a..xml'],
      ['a folder', 'webdata/000000001/goods/1/offers.xml'],
    ])('a name with %s is taken, archived, and put beside a newer one of its name', async (_what, name) => {
      const world = open({ take })
      const path = join(world.inbox, name)
      mkdirSync(dirname(path), { recursive: true })
      writeFileSync(path, WHOLE)
      await world.pass(GOES_ON)
      expect(shown(world)).toEqual(['whole'])
      expect(world.places().archive).toHaveLength(1)

      writeFileSync(path, LONGER)
      world.hands.duringPass1 = (found) => {
        delete world.hands.duringPass1
        if (take === 'copy') return
        writeFileSync(path, OTHER)
        overwrite(found, 0, LONGER)
      }
      await world.pass(GOES_ON * 3)

      expectWhole(world, WHOLE, OTHER, LONGER)
      expect(world.effects).toHaveLength(take === 'copy' ? 2 : 3)
      expect([world.places().work, world.quarantined()]).toEqual([[], []])
    })

    test('a long name in another encoding is taken, too', async () => {
      const world = open({ take })
      const bytes = Buffer.from(WHOLE.toString().replaceAll('UTF-8', 'UTF-16'), 'utf16le')
      writeFileSync(join(world.inbox, `${'x'.repeat(251)}.xml`), Buffer.concat([Buffer.from([0xff, 0xfe]), bytes]))

      await world.pass(GOES_ON)

      expect(world.effects).toHaveLength(1)
      expect(world.quarantined()).toEqual([])
    })

    test('our own order file is never taken', async () => {
      const world = open({ take })
      world.remove()
      const own = openWorld({ take, orders: '' })
      worlds.push(own)
      const other = openWorld({ take, orders: join(own.inbox, 'orders.xml') })
      worlds.push(other)
      writeFileSync(join(own.inbox, 'orders.xml'), WHOLE)
      symlinkSync(join(own.inbox, 'orders.xml'), join(other.inbox, 'orders.xml'))

      await own.pass(GOES_ON)
      await other.pass(GIVEN_UP)

      expect([own.effects.length, other.effects.length]).toEqual([1, 0])
    })

    test('an empty file is waited for, then given up', async () => {
      const world = open({ take })
      writeFileSync(join(world.inbox, 'offers.xml'), '')

      await world.pass(INCOMPLETE - 5_000)
      expect(world.quarantined()).toEqual([])
      await world.pass(10_000)

      expect(world.effects).toEqual([])
      expect(world.quarantined()).toHaveLength(1)
    })

    test('links, pipes, sockets and folders are left alone and reported; what lies beside them is taken', async () => {
      const world = open({ take })
      const { inbox } = world
      writeFileSync(join(world.root, 'secret.xml'), OTHER)
      symlinkSync(join(world.root, 'secret.xml'), join(inbox, 'link.xml'))
      symlinkSync('/dev/zero', join(inbox, 'endless.xml'))
      symlinkSync(join(world.root, 'nowhere.xml'), join(inbox, 'dangling.xml'))
      symlinkSync(world.root, join(inbox, 'out'))
      execFileSync('mkfifo', [join(inbox, 'pipe.xml')])
      mkdirSync(join(inbox, 'folder.xml'))
      const server = createServer()
      await new Promise<void>((resolve) => server.listen(join(inbox, 's.xml'), resolve))
      writeFileSync(join(inbox, 'offers.xml'), WHOLE)

      await world.pass(GIVEN_UP)

      expect(shown(world)).toEqual(['whole'])
      expect(world.odd().toSorted((a, b) => (a.name < b.name ? -1 : 1))).toEqual([
        { name: 'dangling.xml', why: 'link' },
        { name: 'endless.xml', why: 'link' },
        { name: 'folder.xml', why: 'folder' },
        { name: 'link.xml', why: 'link' },
        { name: 'pipe.xml', why: 'special' },
        { name: 's.xml', why: 'special' },
      ])
      expect(world.quarantined()).toEqual([])
      await new Promise((resolve) => server.close(resolve))
    })

    test('a file that turns into a pipe or a link before it is claimed blocks nothing', async () => {
      const world = open({ take })
      const path = join(world.inbox, 'offers.xml')
      const turns = [(): void => void execFileSync('mkfifo', [path]), (): void => symlinkSync('/dev/zero', path)]
      for (const turn of turns) {
        writeFileSync(path, WHOLE)
        world.hands.beforeClaim = () => {
          delete world.hands.beforeClaim
          unlinkSync(path)
          turn()
        }
        await world.pass(GOES_ON)
        expect(world.effects).toEqual([])
        unlinkSync(path)
      }
      expect([world.places().work, world.quarantined()]).toEqual([[], []])
    })

    test('a file that may not be taken keeps no other from being taken', async () => {
      const plain = createFiles()
      let refused = true
      const refuse = async (
        from: string,
        to: string,
        act: (from: string, to: string) => Promise<void>,
      ): Promise<void> => {
        if (refused && from.endsWith('a.xml')) throw Object.assign(new Error('no'), { code: 'EACCES' })
        await act(from, to)
      }
      const world = open({
        take,
        files: {
          ...plain,
          move: (from, to) => refuse(from, to, (a, b) => plain.move(a, b)),
          copy: (from, to) => refuse(from, to, (a, b) => plain.copy(a, b)),
        },
      })
      writeFileSync(join(world.inbox, 'a.xml'), WHOLE)
      writeFileSync(join(world.inbox, 'b.xml'), OTHER)
      await world.pass(GOES_ON)
      expect(shown(world)).toEqual(['other'])
      expect(world.told()).toEqual([`untaken:${join(world.inbox, 'a.xml')}`])

      refused = false
      await world.pass(70_000)

      expect(shown(world)).toEqual(['other', 'whole'])
    })

    test('an inbox that cannot be read for a while loses nothing', async () => {
      const world = open({ take })
      writeFileSync(join(world.inbox, 'offers.xml'), WHOLE)
      await world.pass(1_000)
      renameSync(world.inbox, `${world.inbox}-away`)
      await expect(world.pass(5_000)).rejects.toMatchObject({ kind: 'transient', code: 'files.inbox_unreadable' })
      renameSync(`${world.inbox}-away`, world.inbox)

      await world.pass(GOES_ON)

      expect(shown(world)).toEqual(['whole'])
    })
  })
}

describe('take: copy', () => {
  test('what was taken is not taken again, also not by a new process; changed content is', async () => {
    const world = open({ take: 'copy' })
    const path = join(world.inbox, 'offers.xml')
    writeFileSync(path, WHOLE)
    await world.pass(GIVEN_UP)
    await world.restart()
    await world.pass(GIVEN_UP)
    expect(shown(world)).toEqual(['whole'])

    const { atime, mtime } = statSync(path)
    writeFileSync(path, OTHER)
    utimesSync(path, atime, mtime)
    await world.pass(GOES_ON)
    expect(shown(world)).toEqual(['whole', 'other'])

    await world.restart()
    await world.pass(GOES_ON)
    writeFileSync(path, LONGER)
    await world.pass(GOES_ON)
    expect(shown(world)).toEqual(['whole', 'other', 'longer'])
    expect(world.places().inbox).toEqual(['offers.xml'])
  })

  test('content that changed behind the back of a stopped process is taken, whatever its size and time say', async () => {
    const world = open({ take: 'copy' })
    const path = join(world.inbox, 'offers.xml')
    writeFileSync(path, WHOLE)
    utimesSync(path, 1_000_000, 1_000_000)
    await world.pass(GOES_ON)

    writeFileSync(path, OTHER)
    utimesSync(path, 1_000_000, 1_000_000)
    await world.restart()
    await world.pass(GOES_ON)

    expect(shown(world)).toEqual(['whole', 'other'])
  })

  test('a file that cannot be used is told of once, not at every look', async () => {
    const world = open({ take: 'copy' })
    writeFileSync(join(world.inbox, 'offers.xml'), WHOLE.toString().replace('</Цена>', '</Ценник>'))

    await world.pass(GIVEN_UP)
    await world.restart()
    await world.pass(GIVEN_UP)

    expect([world.effects, world.quarantined()]).toEqual([[], ['offers.xml xml.malformed']])
  })
})

describe('marker: "*.done"', () => {
  const open1 = (take: 'move' | 'copy' = 'move'): World => open({ take, marker: '*.done' })

  test('a file waits for its marker, which goes with it', async () => {
    const world = open1()
    const path = join(world.inbox, 'offers.xml')
    writeFileSync(path, WHOLE)
    writeFileSync(join(world.inbox, 'import.xml.done'), '')
    await world.pass(60_000)
    expect(world.effects).toEqual([])

    writeFileSync(`${path}.done`, '')
    await world.pass(GOES_ON)

    expect(shown(world)).toEqual(['whole'])
    expect(readdirSync(world.inbox)).toEqual(['import.xml.done'])
  })

  test('without one a file waits for ever, and a person is told', async () => {
    const world = open1()
    writeFileSync(join(world.inbox, 'offers.xml'), WHOLE.subarray(0, 1000))
    await world.pass(INCOMPLETE - 5_000)
    expect(world.odd()).toEqual([])

    await world.pass(GIVEN_UP)

    expect([world.effects, world.quarantined()]).toEqual([[], []])
    expect(world.odd()).toEqual([{ name: 'offers.xml', why: 'unmarked' }])
  })

  test('a marker that came before the last change of its file does not count', async () => {
    const world = open1()
    const path = join(world.inbox, 'offers.xml')
    writeFileSync(path, WHOLE)
    writeFileSync(`${path}.done`, '')
    await world.pass(SETTLE - 1_000)
    writeFileSync(path, LONGER)
    await world.pass(SETTLE - 1_000)
    writeFileSync(path, LONGER)
    await world.pass(SETTLE - 1_000)
    writeFileSync(path, OTHER)
    await world.pass(60_000)
    expect(world.effects).toEqual([])

    writeFileSync(`${path}.done`, 'again')
    await world.pass(GOES_ON)

    expect(shown(world)).toEqual(['other'])
  })

  test('a marked file that is cut off is still no whole one', async () => {
    const world = open1()
    const path = join(world.inbox, 'offers.xml')
    writeFileSync(path, WHOLE.subarray(0, -20))
    writeFileSync(`${path}.done`, '')

    await world.pass(GIVEN_UP)

    expect([world.effects, world.quarantined()]).toEqual([[], ['offers.xml xml.truncated']])
  })

  test('a file that goes back has its marker again', async () => {
    const world = open1()
    const path = join(world.inbox, 'offers.xml')
    writeFileSync(path, WHOLE)
    writeFileSync(`${path}.done`, '')
    world.hands.beforeEffect = (found) => {
      delete world.hands.beforeEffect
      overwrite(found, 0, OTHER)
    }

    await world.pass(GOES_ON * 4)

    expect(shown(world)).toEqual(['other'])
    expect(readdirSync(world.inbox)).toEqual([])
  })

  test('of a copied file the marker stays, and the file is taken once', async () => {
    const world = open1('copy')
    const path = join(world.inbox, 'offers.xml')
    writeFileSync(path, WHOLE)
    writeFileSync(`${path}.done`, '')

    await world.pass(GIVEN_UP)
    await world.restart()
    await world.pass(GIVEN_UP)

    expect(shown(world)).toEqual(['whole'])
    expect(readdirSync(world.inbox).sort()).toEqual(['offers.xml', 'offers.xml.done'])
  })

  test('a name to which no ending can be added has no marker', async () => {
    const world = open1()
    writeFileSync(join(world.inbox, `${'x'.repeat(251)}.xml`), WHOLE)

    await world.pass(GOES_ON)

    expect(world.effects).toEqual([])
  })
})

describe('marker: ready.flag', () => {
  test('all files of a folder wait for it; it goes with the last', async () => {
    const world = open({ marker: 'ready.flag' })
    const folder = join(world.inbox, 'webdata')
    mkdirSync(folder)
    writeFileSync(join(folder, 'import.xml'), WHOLE)
    writeFileSync(join(folder, 'offers.xml'), OTHER)
    writeFileSync(join(world.inbox, 'ready.flag'), '')
    await world.pass(60_000)
    expect(world.effects).toEqual([])

    writeFileSync(join(folder, 'ready.flag'), '')
    await world.pass(GOES_ON)

    expect(shown(world).toSorted()).toEqual(['other', 'whole'])
    expect(readdirSync(folder)).toEqual([])
  })

  test('a marker of the run before does not speak for the files of the next', async () => {
    const world = open({ take: 'copy', marker: 'ready.flag' })
    writeFileSync(join(world.inbox, 'import.xml'), WHOLE)
    writeFileSync(join(world.inbox, 'ready.flag'), '')
    await world.pass(GOES_ON)
    copyFileSync(join(world.inbox, 'import.xml'), join(world.inbox, 'offers.xml'))
    await world.pass(60_000)
    expect(shown(world)).toEqual(['whole'])

    writeFileSync(join(world.inbox, 'ready.flag'), '2')
    await world.pass(GOES_ON)

    expect(shown(world)).toEqual(['whole', 'whole'])
  })
})
