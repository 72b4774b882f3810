/** How grave something is: colours a cell or a sheet tab. The word for it always stands in a cell too. */
export type Tone = 'ok' | 'warn' | 'error'

/**
 * How the values of a column look and sort. `text` keeps leading zeros of articles and barcodes; `int` whole numbers;
 * `money` roubles, given as decimals; `percent` shares, 0.05 = 5 %; `datetime` epoch milliseconds, shown in the
 * workbook's time zone; `link` a {@link Cell} with a `url`.
 */
export type ColumnType = 'text' | 'int' | 'money' | 'percent' | 'datetime' | 'link'

/** A cell that differs from its column: a colour, a link, another type, bold. */
export interface Cell {
  readonly value: string | number
  readonly type?: ColumnType
  readonly tone?: Tone
  /** Absolute URL, or `#'Sheet'!A1` inside the workbook. */
  readonly url?: string
  readonly strong?: boolean
}

/** What a row may hold in one column. Numbers may come as decimal texts; an empty text or undefined leaves the cell empty. */
export type CellValue = string | number | Cell | undefined

/** One row by column key; a key without a column is ignored. */
export type Row = Readonly<Record<string, CellValue>>

/** One column of a sheet. */
export interface Column {
  readonly header: string
  readonly key: string
  readonly type: ColumnType
  /** In characters; absent = fitted to the header and the first rows. */
  readonly width?: number
  /** Long texts break into lines instead of running out of the cell. */
  readonly wrap?: boolean
}

/** A sheet to be written. */
export interface Sheet {
  /** At most 31 characters, none of `[]:*?/\`. */
  readonly name: string
  /** Colour of the tab: the worst that stands in the sheet. */
  readonly tab?: Tone
  readonly columns: readonly Column[]
  /** Read once, as fast as the file takes them. */
  readonly rows: Iterable<Row> | AsyncIterable<Row>
  /** How many columns stay when scrolling sideways; the header always stays. */
  readonly frozenColumns?: number
  /** False for a sheet that is read from top to bottom; default true. */
  readonly filter?: boolean
  /** Its rows are asked for after those of all other sheets (a summary that counts them), wherever it stands. */
  readonly last?: boolean
}
