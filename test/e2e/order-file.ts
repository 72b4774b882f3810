import { readFile } from 'node:fs/promises'
import { setTimeout as pause } from 'node:timers/promises'
import { all, maybe, need, needText, parseXml, textOf } from '../scripted-1c/xml-tree.ts'

/** What a document of the order file says. */
export interface FileDocument {
  readonly id: string
  readonly number: string
  readonly currency: string
  /** Ид of every Склад. */
  readonly warehouses: readonly string[]
  readonly status: string | undefined
  readonly cancelled: boolean
  readonly lines: readonly { readonly id: string; readonly quantity: string; readonly price: string }[]
}

/** Reads the order file as a whole; a missing or half-written one throws. */
export function createOrderReader(path: string): () => Promise<FileDocument[]> {
  return async () => {
    const root = parseXml(await readFile(path, 'utf8'))
    return all(root, 'Документ').map((document) => {
      const block = maybe(document, 'ЗначенияРеквизитов')
      const requisites = new Map(
        (block === undefined ? [] : all(block, 'ЗначениеРеквизита')).map((row) => [
          needText(row, 'Наименование'),
          textOf(row, 'Значение'),
        ]),
      )
      return {
        id: needText(document, 'Ид'),
        number: needText(document, 'Номер'),
        currency: needText(document, 'Валюта'),
        warehouses: all(need(document, 'Склады'), 'Склад').map((warehouse) => needText(warehouse, 'Ид')),
        status: requisites.get('Статус заказа'),
        cancelled: requisites.get('Отменен') === 'true',
        lines: all(need(document, 'Товары'), 'Товар').map((line) => ({
          id: needText(line, 'Ид'),
          quantity: needText(line, 'Количество'),
          price: needText(line, 'ЦенаЗаЕдиницу'),
        })),
      }
    })
  }
}

/** Reads the order file again and again, as a 1C at any moment would. `stop` gives what was wrong with it. */
export function watchOrderFile(path: string): { stop(): Promise<readonly string[]> } {
  const read = createOrderReader(path)
  const faults: string[] = []
  const ending = new AbortController()
  const watching = (async () => {
    while (!ending.signal.aborted) {
      await read().catch((error: unknown) => faults.push(String(error)))
      await pause(2)
    }
  })()
  return {
    async stop() {
      ending.abort()
      await watching
      return faults
    },
  }
}
