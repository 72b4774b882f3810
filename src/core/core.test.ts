import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import { itemId, splitOfferId } from './catalogue.ts'
import { clockFromEnvironment, createClock } from './clock.ts'
import { didYouMean, formatDiagnostic } from './diagnostic.ts'
import { exitCodeOf, formatPlace, isAbort, ObmenError } from './errors.ts'
import { fingerprintBytes, fingerprintText, fingerprintValue, hash64 } from './fingerprint.ts'
import { Secret } from './secret.ts'

describe('clock', () => {
  test('runs faster from its origin on, and takes foreign times with it', () => {
    const clock = createClock(60, 1_000_000)
    expect(clock.fromReal(1_000_000)).toBe(1_000_000)
    expect(clock.fromReal(1_001_000)).toBe(1_060_000)
    expect(createClock(1, 5).fromReal(77)).toBe(77)
  })

  test('waits clock milliseconds, so a fast clock waits short', async () => {
    const clock = createClock(100_000)
    const before = clock.now()
    await clock.sleep(1_000_000)
    expect(clock.now() - before).toBeGreaterThanOrEqual(900_000)
  })

  test('wakes with the reason of an abort, before and while it waits', async () => {
    const clock = createClock()
    const aborted = new AbortController()
    aborted.abort(new Error('before'))
    await expect(clock.sleep(1_000_000, aborted.signal)).rejects.toThrow('before')

    const later = new AbortController()
    const sleeping = clock.sleep(1_000_000, later.signal)
    later.abort(new Error('while'))
    await expect(sleeping).rejects.toThrow('while')
  })

  test('takes speed and origin from the environment, and refuses to stand still', () => {
    const env = { OBMEN_CLOCK_SPEED: '2', OBMEN_CLOCK_ORIGIN: '1000' }
    expect(clockFromEnvironment(env).fromReal(3000)).toBe(5000)
    expect(clockFromEnvironment({}).fromReal(3000)).toBe(3000)
    expect(() => createClock(0)).toThrow(RangeError)
    expect(() => clockFromEnvironment({ OBMEN_CLOCK_SPEED: 'fast' })).toThrow(RangeError)
  })
})

describe('diagnostic', () => {
  test('is one line as compilers write it', () => {
    const place = { file: 'pipelines/x.yaml', line: 12, column: 11 }
    const finding = { severity: 'error', code: 'stage.unknown_type', message: 'no stage "pusch"', place } as const
    expect(formatDiagnostic(finding)).toBe('pipelines/x.yaml:12:11 error stage.unknown_type: no stage "pusch"')
  })

  const words: readonly (readonly [word: string, candidates: readonly string[], meant: string | undefined])[] = [
    ['pusch', ['push', 'parse'], 'push'],
    ['Рознична', ['Оптовая', 'Розничная'], 'Розничная'],
    ['розничная', ['Розничная'], 'Розничная'],
    ['psuh', ['push'], 'push'],
    ['price', ['guard', 'store'], undefined],
    ['ab', ['xy'], undefined],
    ['map', [], undefined],
  ]
  test.each(words)('"%s" among %j means %s', (word, candidates, meant) => {
    expect(didYouMean(word, candidates)).toBe(meant)
  })
})

describe('errors', () => {
  test('carry what people need, and end the process with the code of their kind', () => {
    const cause = new Error('ECONNRESET')
    const place = { file: 'offers.xml', line: 3 }
    const fault = new ObmenError('transient', 'http.interrupted', 'sending: interrupted', {
      cause,
      place,
      retryAfterMs: 500,
      details: { sent: 'maybe' },
      remedy: 'Wait.',
    })
    const { kind, code, message, retryAfterMs, details, remedy } = fault
    expect({ kind, code, message, retryAfterMs, details, remedy, place: fault.place, cause: fault.cause }).toEqual({
      kind: 'transient',
      code: 'http.interrupted',
      message: 'sending: interrupted',
      retryAfterMs: 500,
      details: { sent: 'maybe' },
      remedy: 'Wait.',
      place,
      cause,
    })
    const kinds = (['config', 'input', 'transient', 'fatal'] as const).map((each) => new ObmenError(each, 'a.b', ''))
    expect([...kinds, new Error('bug'), 'text'].map(exitCodeOf)).toEqual([2, 3, 5, 6, 6, 6])
  })

  test('a place says as much as is known', () => {
    expect(
      [undefined, {}, { file: 'a.xml' }, { file: 'a.xml', line: 2 }, { line: 2, column: 3 }].map(formatPlace),
    ).toEqual(['', '', 'a.xml', 'a.xml:2', '2:3'])
  })

  test('an abort is no error', () => {
    const controller = new AbortController()
    controller.abort()
    expect(isAbort(controller.signal.reason)).toBe(true)
    expect(isAbort(Object.assign(new Error('aborted'), { code: 'ABORT_ERR' }))).toBe(true)
    expect([new Error('x'), undefined, 'AbortError'].filter(isAbort)).toEqual([])
  })
})

describe('fingerprint', () => {
  test('of a value depends on what it says, not on how it is spelt', () => {
    const one = fingerprintValue({ price: '1', lines: [{ a: 1, b: undefined }], old: null })
    expect(fingerprintValue({ old: null, lines: [{ a: 1 }], price: '1' })).toBe(one)
    const others = [
      { price: '2', lines: [{ a: 1 }], old: null },
      { price: '1', lines: [{ a: 1 }, { a: 1 }], old: null },
      { price: '1', lines: [{ a: '1' }], old: null },
      { price: '1', lines: [{ a: 1 }] },
    ]
    expect(others.map(fingerprintValue)).not.toContain(one)
  })

  test('of bytes depends on the salt; a text has a text and a number', () => {
    const bytes = Buffer.from('запись')
    expect(fingerprintBytes(bytes, 1n)).toBe(fingerprintBytes(Buffer.from('запись'), 1n))
    expect(fingerprintBytes(bytes, 1n)).not.toBe(fingerprintBytes(bytes, 2n))
    expect(fingerprintText('')).toBe('ef46db3751d8e999')
    expect(hash64('')).toBe(0xef46db3751d8e999n)
  })
})

describe('secret', () => {
  test('shows itself nowhere and gives itself away only when asked', () => {
    const secret = new Secret('hunter2')
    const shown = [secret.toString(), JSON.stringify({ secret }), inspect({ deep: [secret] }, { depth: 9 })]
    expect(shown.filter((text) => text.includes('hunter2'))).toEqual([])
    expect(shown[0]).toBe('[secret]')
    expect(Object.values(secret)).toEqual([])
    expect(secret.reveal()).toBe('hunter2')
  })
})

test('an offer id is a product and a variant, parted at the first #', () => {
  expect(['p', 'p#v', 'p#v#w', 'p#'].map(splitOfferId)).toEqual([
    { productId: 'p', variant: '' },
    { productId: 'p', variant: 'v' },
    { productId: 'p', variant: 'v#w' },
    { productId: 'p', variant: '' },
  ])
  expect([itemId('p', ''), itemId('p', 'v')]).toEqual(['p', 'p#v'])
})
