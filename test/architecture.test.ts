import { readdirSync, readFileSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { basename, dirname, join, normalize, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { marketplaces, stages } from '../src/app/registry.ts'

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..')

interface SourceFile {
  /** Relative to the repository, with slashes. */
  readonly path: string
  readonly text: string
  /** The text with strings, templates, regular expressions and comments blanked; line breaks stay. */
  readonly code: string
  readonly isTest: boolean
}

/** Tests, and helpers that only tests import. */
const TEST_FILE = /(?:\.test|\/test-support|\/testing)\.ts$/

const REGULAR = /^\/(?![*/])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n[])+\/[a-z]*/

const sources: readonly SourceFile[] = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts'))
  .map((name) => `src/${name.replaceAll('\\', '/')}`)
  .sort()
  .map((path) => {
    const text = readFileSync(join(ROOT, path), 'utf8')
    return { path, text, code: blank(text), isTest: TEST_FILE.test(path) }
  })
const product = sources.filter(({ isTest }) => !isTest)

/** Blanks everything that is not code. Enough for this code base: `/` begins a regular expression after an operator. */
function blank(text: string): string {
  const out: string[] = []
  /** Depths of braces inside `${…}`. */
  const templates: number[] = []
  let depth = 0
  let at = 0
  let before = ''
  const skip = (to: number): void => {
    out.push(text.slice(at, to).replaceAll(/[^\n]/g, ' '))
    at = to
  }
  const endOfTemplate = (from: number): number => {
    for (let i = from; i < text.length; i++) {
      if (text[i] === '\\') i++
      else if (text[i] === '`') return i + 1
      else if (text[i] === '$' && text[i + 1] === '{') {
        templates.push(depth)
        return i + 2
      }
    }
    return text.length
  }
  while (at < text.length) {
    const char = text[at] as string
    const two = text.slice(at, at + 2)
    const rest = text.slice(at)
    if (two === '//') skip(ended(text.indexOf('\n', at), text.length))
    else if (two === '/*') skip(ended(text.indexOf('*/', at + 2) + 2, text.length))
    else if (char === "'" || char === '"') skip(at + (/^(['"])(?:\\.|(?!\1).)*\1/.exec(rest)?.[0].length ?? 1))
    else if (char === '`') skip(endOfTemplate(at + 1))
    else if (char === '}' && templates.at(-1) === depth) {
      templates.pop()
      skip(endOfTemplate(at + 1))
    } else if (
      char === '/' &&
      (/[(,=:[!&|?{};>]|^$/.test(before) || /\breturn\s+$/.test(text.slice(at - 9, at))) &&
      REGULAR.test(rest)
    ) {
      skip(at + (REGULAR.exec(rest)?.[0].length ?? 1))
      before = 'x'
    } else {
      if (char === '{') depth++
      if (char === '}') depth--
      if (char.trim() !== '') before = char
      out.push(char)
      at++
    }
  }
  return out.join('')
}

function ended(index: number, length: number): number {
  return index < 1 ? length : index
}

/** Specifiers of all imports and re-exports of a file, dynamic ones included. */
function importsOf({ text }: SourceFile): { readonly specifier: string; readonly typeOnly: boolean }[] {
  const found = []
  for (const match of text.matchAll(/^(?:import|export)\s+(type\s+)?[^'"`;=]*?from\s+'([^']+)'/gm)) {
    found.push({ specifier: match[2] as string, typeOnly: match[1] !== undefined })
  }
  for (const match of text.matchAll(/^import\s+'([^']+)'|\bimport\('([^']+)'\)/gm)) {
    found.push({ specifier: (match[1] ?? match[2]) as string, typeOnly: false })
  }
  return found
}

/** A file of ours that an import of `from` means; undefined for packages. */
function targetOf(from: SourceFile, specifier: string): string | undefined {
  if (!specifier.startsWith('.')) return undefined
  return normalize(join(dirname(from.path), specifier)).replaceAll('\\', '/')
}

/** The parts of the product that arrows are drawn between: a folder of `src`, or one folder of a family. */
function partOf(path: string): string {
  const [, folder = '', sub = ''] = path.split('/')
  return ['stages', 'marketplaces', 'carriers'].includes(folder) ? `${folder}/${sub}` : folder
}

/** From the top down; inside a layer nobody imports a neighbour. */
const LAYERS: readonly (readonly string[])[] = [
  ['cli'],
  ['app'],
  ['server', 'views'],
  ['sources', 'stages', 'marketplaces', 'carriers', 'notify', 'simulator'],
  ['pipeline'],
  ['config', 'expression', 'tables', 'state', 'formats', 'http'],
  ['core'],
]
const layerOf = (part: string): number => LAYERS.findIndex((layer) => layer.includes(part.split('/')[0] as string))

/** Why an import from one part into another breaks the arrows; undefined when it does not. */
function brokenArrow(from: string, to: string): string | undefined {
  if (from === to) return undefined
  if (layerOf(from) < 0 || layerOf(to) < 0) return 'an unknown folder'
  if (layerOf(to) > layerOf(from)) return undefined
  if (from === 'tables' && to === 'formats') return undefined
  return layerOf(to) === layerOf(from) ? 'a neighbour' : 'against the arrows'
}

describe('imports', () => {
  test('follow the arrows of the design', () => {
    const broken = sources.flatMap((file) =>
      importsOf(file).flatMap(({ specifier }) => {
        const target = targetOf(file, specifier)
        if (target === undefined) return []
        if (!target.startsWith('src/')) {
          // Tests beside the code share fixtures and helpers; the product never does.
          return file.isTest && /^(?:test|fixtures)\//.test(target) ? [] : [`${file.path} → ${target}: leaves src`]
        }
        const fault = brokenArrow(partOf(file.path), partOf(target))
        return fault === undefined ? [] : [`${file.path} → ${target}: ${fault}`]
      }),
    )
    expect(broken).toEqual([])
  })

  test('of tests are made by tests only', () => {
    const broken = product.flatMap((file) =>
      importsOf(file).flatMap(({ specifier }) => {
        const target = targetOf(file, specifier)
        return target !== undefined && TEST_FILE.test(target) ? [`${file.path} → ${target}`] : []
      }),
    )
    expect(broken).toEqual([])
  })

  test('end in .ts and exist', () => {
    const known = new Set(sources.map(({ path }) => path))
    const broken = product.flatMap((file) =>
      importsOf(file).flatMap(({ specifier }) => {
        const target = targetOf(file, specifier)
        return target === undefined || known.has(target) ? [] : [`${file.path} → ${specifier}`]
      }),
    )
    expect(broken).toEqual([])
  })

  test('make no circle', () => {
    const graph = new Map(
      product.map((file) => [file.path, importsOf(file).flatMap(({ specifier }) => targetOf(file, specifier) ?? [])]),
    )
    expect(circleIn(graph)).toEqual([])
  })

  test('of one package come from one folder', () => {
    const strays = product.flatMap((file) =>
      importsOf(file).flatMap(({ specifier }) => {
        const name = packageOf(specifier)
        if (specifier.startsWith('.') || isBuiltin(specifier) || FREE_PACKAGES.has(name)) return []
        const home = HOMES[name]
        return home !== undefined && file.path.startsWith(`src/${home}/`) ? [] : [`${file.path}: ${name}`]
      }),
    )
    expect(strays).toEqual([])
  })

  test('name declared packages only', () => {
    const declared = new Set(Object.keys(manifest.dependencies))
    const strange = product.flatMap((file) =>
      importsOf(file).flatMap(({ specifier }) => {
        if (specifier.startsWith('.') || specifier.startsWith('node:')) return []
        return declared.has(packageOf(specifier)) ? [] : [`${file.path}: ${specifier}`]
      }),
    )
    expect(strange).toEqual([])
  })
})

/** Used where the design says so: schemas and exact numbers are everybody's. */
const FREE_PACKAGES: ReadonlySet<string> = new Set(['zod', 'big.js'])

/** The one folder that may import a package. */
const HOMES: Readonly<Record<string, string>> = {
  '@keyv/redis': 'state',
  '@marcbachmann/cel-js': 'expression',
  chokidar: 'sources',
  commander: 'cli',
  exceljs: 'formats/xlsx',
  'fast-xml-builder': 'formats/commerceml',
  'fast-xml-parser': 'formats/xml',
  'iconv-lite': 'formats',
  keyv: 'state',
  lmdb: 'state',
  nodemailer: 'notify',
  pino: 'cli',
  saxes: 'formats',
  undici: 'http',
  'xxhash-wasm': 'core',
  yaml: 'config',
  yauzl: 'formats',
}

function packageOf(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/')
}

/** The first circle of a graph, as the path around it; empty when there is none. */
function circleIn(graph: ReadonlyMap<string, readonly string[]>): readonly string[] {
  const done = new Set<string>()
  const visit = (node: string, path: readonly string[]): readonly string[] => {
    if (path.includes(node)) return [...path.slice(path.indexOf(node)), node]
    if (done.has(node)) return []
    for (const next of graph.get(node) ?? []) {
      const circle = visit(next, [...path, node])
      if (circle.length > 0) return circle
    }
    done.add(node)
    return []
  }
  for (const node of graph.keys()) {
    const circle = visit(node, [])
    if (circle.length > 0) return circle
  }
  return []
}

describe('the registry', () => {
  const foldersOf = (folder: string): string[] =>
    readdirSync(join(ROOT, 'src', folder), { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => entry.name)
      .sort()

  test('holds one stage per folder, under the name of the folder', () => {
    expect([...stages.keys()].sort()).toEqual(foldersOf('stages'))
    expect([...stages].filter(([type, stage]) => stage.type !== type)).toEqual([])
  })

  test('holds one marketplace per folder, under the name of the folder', () => {
    expect([...marketplaces.keys()].sort()).toEqual(foldersOf('marketplaces'))
  })
})

/** Every match in the code of the product, as `file:line text`. */
function findInCode(pattern: RegExp, except: (path: string) => boolean = () => false): string[] {
  return product
    .filter(({ path }) => !except(path))
    .flatMap(({ path, code }) => findIn(code, pattern).map(({ line, text }) => `${path}:${line} ${text}`))
}

function findIn(text: string, pattern: RegExp): { readonly line: number; readonly text: string }[] {
  return [...text.matchAll(new RegExp(pattern, 'g'))].map((match) => ({
    line: text.slice(0, match.index).split('\n').length,
    text: match[0],
  }))
}

describe('the code', () => {
  test('has no Cyrillic identifier outside the element names', () => {
    expect(findInCode(/[А-Яа-яЁё]\w*/, (path) => basename(path).startsWith('elements'))).toEqual([])
  })

  test('takes time and chance through parameters', () => {
    const clocks = ['src/core/clock.ts']
    const impure =
      /\bDate\.now\b|\bnew Date\(\s*\)|\bDate\(\)|\bMath\.random\b|\bperformance\.now\b|\bprocess\.hrtime\b|\bset(?:Timeout|Interval)\b/
    expect(findInCode(impure, (path) => clocks.includes(path) || path.startsWith('src/cli/'))).toEqual([])
  })

  test('keeps no mutable state in modules', () => {
    expect(findInCode(/^(?:export )?(?:let|var)\b.*/m)).toEqual([])
  })

  test('has no any, no default export, no enum, no namespace', () => {
    expect(
      findInCode(/(?:\bas|[:<,|&])\s+any\b|<any>|^export default\b|^(?:export )?(?:const )?(?:enum|namespace)\b/m),
    ).toEqual([])
  })

  test('names files, exports and folders by topic', () => {
    const bags = sources.filter(({ path }) => /\/(?:utils?|helpers?|common|lib|misc)(?:\/|\.ts$)/.test(path))
    expect(bags.map(({ path }) => path)).toEqual([])
  })

  test('changes the disk through the Files port only', () => {
    const changes =
      /\b(?:writeFile|appendFile|rename|unlink|mkdir|rmdir|copyFile|truncate|createWriteStream)(?:Sync)?\(/
    const found = product
      .filter(({ text }) => /from 'node:fs(?:\/promises)?'/.test(text))
      .flatMap(({ path, text, code }) => {
        const names = [...text.matchAll(/import \{([^}]*)\} from 'node:fs(?:\/promises)?'/g)].flatMap((match) =>
          (match[1] ?? '').split(',').map((name) => name.trim()),
        )
        return findIn(code, changes)
          .filter(({ text: call }) => names.includes(call.slice(0, -1)))
          .map(({ line, text: call }) => `${path}:${line} ${call}`)
      })
      .filter((each) => !DISK.some((file) => each.startsWith(`${file}:`)))
    expect(found).toEqual([])
  })
})

/**
 * The port itself, the crash tests' own trace, the locks that come before everything, and two streams: an Excel file and a member of an archive are written
 * piece by piece and only then taken for a file.
 */
const DISK = [
  'src/state/disk.ts',
  'src/state/failpoint.ts',
  'src/state/lock.ts',
  'src/state/inbox-owner.ts',
  'src/formats/xlsx/write-workbook.ts',
  'src/formats/zip/index.ts',
]

describe('codes', () => {
  test('are area.snake_case; a marketplace may add its own words behind its name', () => {
    const odd = product.flatMap(({ path, text }) =>
      codesIn(text)
        .filter(({ code }) => !/^[a-z][a-z0-9]*\.[a-z][a-z0-9]*(?:_[a-z0-9]+)*$/.test(code))
        .map(({ code, line }) => `${path}:${line} ${code}`),
    )
    expect(odd).toEqual([])
  })

  test('are found at all', () => {
    const all = new Set(product.flatMap(({ text }) => codesIn(text).map(({ code }) => code)))
    expect(all.size).toBeGreaterThan(80)
  })
})

/** Literal codes of errors, reasons and diagnostics. */
function codesIn(text: string): { readonly code: string; readonly line: number }[] {
  const patterns = [
    /new ObmenError\(\s*'(?:config|input|transient|fatal)',\s*'([^']*)'/g,
    /\bcode: '([^'$]*\.[^']*)'/g,
    /\bfail\('([a-z]+\.[^']*)'/g,
  ]
  return patterns.flatMap((pattern) =>
    [...text.matchAll(pattern)].map((match) => ({
      code: match[1] as string,
      line: text.slice(0, match.index).split('\n').length,
    })),
  )
}

interface Manifest {
  readonly dependencies: Readonly<Record<string, string>>
  readonly devDependencies: Readonly<Record<string, string>>
}
const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as Manifest

test('package.json pins every package exactly', () => {
  const all = { ...manifest.dependencies, ...manifest.devDependencies }
  const loose = Object.entries(all).filter(([, version]) => !/^\d+\.\d+\.\d+(?:-[\w.]+)?$/.test(version))
  expect(loose).toEqual([])
})

test('every exported thing has a doc comment', () => {
  const bare = product.flatMap(({ path, text }) => {
    const lines = text.split('\n')
    return lines.flatMap((line, i) => {
      if (!/^export (?:async )?(?:abstract )?(?:const|function|class|interface|type (?!\{))/.test(line)) return []
      if (lines[i - 1]?.trim().endsWith('*/') === true) return []
      // Overloads share the comment of the first one.
      const name = /(?:const|function|class|interface|type)\*? (\w+)/.exec(line)?.[1]
      const earlier = lines
        .slice(0, i)
        .some((other) => new RegExp(`^export (?:async )?function ${name}\\b`).test(other))
      return earlier ? [] : [`${relative('.', path)}:${i + 1} ${name}`]
    })
  })
  expect(bare).toEqual([])
})

test('the lock file names every optional package of every platform, so that npm ci works on all of them', () => {
  const lock = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { optionalDependencies?: Record<string, string> }>
  }
  const names = Object.keys(lock.packages)
  const wanted = Object.values(lock.packages).flatMap((entry) => Object.keys(entry.optionalDependencies ?? {}))

  const missing = wanted.filter((name) => !names.some((key) => key.endsWith(`node_modules/${name}`)))

  expect(missing).toEqual([])
})

describe('the rules themselves', () => {
  test('arrows are refused upwards and sideways', () => {
    expect(brokenArrow('core', 'state')).toBe('against the arrows')
    expect(brokenArrow('stages/diff', 'stages/push')).toBe('a neighbour')
    expect(brokenArrow('simulator', 'marketplaces/ozon')).toBe('a neighbour')
    expect(brokenArrow('stages/diff', 'pipeline')).toBeUndefined()
    expect(brokenArrow('tables', 'formats')).toBeUndefined()
    expect(brokenArrow('formats', 'tables')).toBe('a neighbour')
  })

  test('circles are found', () => {
    expect(
      circleIn(
        new Map([
          ['a', ['b']],
          ['b', ['c']],
          ['c', ['b']],
        ]),
      ),
    ).toEqual(['b', 'c', 'b'])
  })

  test('texts and comments are no code', () => {
    const code = blank('const a = \'имя\' // имя\nconst b = `имя ${имя} имя` /* имя */.replace(/имя/, "имя")')
    expect(code.match(/[а-я]+/g)).toEqual(['имя'])
  })
})
