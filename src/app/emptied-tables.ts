import type { Diagnostic } from '../core/diagnostic.ts'
import type { Tables } from '../tables/index.ts'

/** Tables that had rows and have none now, as findings: an emptied stop-list would put everything on sale. */
export function emptiedTables(before: Tables, after: Tables): readonly Diagnostic[] {
  const known = new Set(after.names())
  return before
    .names()
    .filter((name) => known.has(name) && before.keys(name).length > 0 && after.keys(name).length === 0)
    .map((name) => {
      const rows = String(before.keys(name).length)
      return {
        severity: 'error',
        code: 'table.emptied',
        message: `all ${rows} rows of the table are gone: put them back, or restart obmen if the table is to be empty`,
        place: after.placeOf(name),
        params: { rows },
      }
    })
}
