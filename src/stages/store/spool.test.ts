import { existsSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { Spool, type SpooledRecord } from './spool.ts'

const spoolPath = async (): Promise<string> => join(await mkdtemp(join(tmpdir(), 'obmen-spool-')), 'changes')

function record(n: number, name: string): Omit<SpooledRecord, 'size'> {
  const rows = [{ kind: 'priceType', value: { id: `p${n}`, name, currency: '' } }] as const
  return { kind: 'priceType', id: `p${n}`, line: n, fingerprint: 0xffff_ffff_ffff_fff8n - BigInt(n), rows }
}

async function recordsOf(spool: Spool): Promise<readonly Omit<SpooledRecord, 'size'>[]> {
  const all: Omit<SpooledRecord, 'size'>[] = []
  for await (const records of spool.records()) for (const { size: _, ...each } of records) all.push(each)
  return all
}

test('few records stay in memory', async () => {
  const path = await spoolPath()
  const spool = new Spool(path)
  const records = [record(1, 'Розничная'), record(2, 'две\nстроки')]

  for (const each of records) spool.add(each)
  await spool.settle()

  expect(existsSync(path)).toBe(false)
  expect(spool.size).toBe(2)
  expect(await recordsOf(spool)).toEqual(records)
  await spool.close()
})

test('many records come back from the disk as they were, long ones included; the file is gone afterwards', async () => {
  const path = await spoolPath()
  const spool = new Spool(path)
  const records = Array.from({ length: 3000 }, (_, n) => record(n, 'ж'.repeat(n % 1000 === 7 ? 1_500_000 : n)))

  for (const each of records) {
    spool.add(each)
    await spool.settle()
  }

  expect(existsSync(path)).toBe(true)
  expect(await recordsOf(spool)).toEqual(records)
  await spool.close()
  expect(existsSync(path)).toBe(false)
})

test('batches hold about a megabyte, wherever they come from', async () => {
  const spool = new Spool(await spoolPath())
  const sizes: number[] = []

  for (let n = 0; n < 60; n++) {
    spool.add(record(n, 'x'.repeat(100_000)))
    await spool.settle()
  }
  for await (const records of spool.records()) sizes.push(records.reduce((sum, { size }) => sum + size, 0))

  expect(sizes.reduce((sum, size) => sum + size, 0)).toBeGreaterThan(6_000_000)
  expect(Math.max(...sizes)).toBeLessThan(1_200_000)
  await spool.close()
})
