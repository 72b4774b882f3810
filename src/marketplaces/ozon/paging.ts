import { ObmenError } from '../../core/errors.ts'

/** One page and where the next one starts; `next` is absent after the last. */
export interface Page<T> {
  readonly rows: T
  readonly next?: string
}

/**
 * Pages of a list of Ozon, in order. An empty page is no end: Ozon now and then gives one with more behind it.
 * @throws ObmenError fatal `ozon.unexpected_answer` when a list points to the page just read
 */
export async function* pages<T>(method: string, read: (cursor: string) => Promise<Page<T>>): AsyncGenerator<T> {
  let cursor = ''
  for (;;) {
    const page = await read(cursor)
    yield page.rows
    if (page.next === undefined || page.next === '') return
    if (page.next === cursor) {
      throw new ObmenError('fatal', 'ozon.unexpected_answer', `reading the list ${method} of Ozon: it never ends`, {
        details: { method },
        remedy: 'Ozon changed this method: install a newer version of Obmen.',
      })
    }
    cursor = page.next
  }
}

/** The next cursor of a list that says whether there is more. */
export function nextOf(answer: { readonly cursor: string; readonly has_next: boolean }): { readonly next?: string } {
  return answer.has_next ? { next: answer.cursor } : {}
}
