import ExcelJS from 'exceljs'

/** Writes a workbook as a person's Excel would, for tests. */
export async function writeBook(path: string, fill: (book: ExcelJS.Workbook) => void): Promise<void> {
  const book = new ExcelJS.Workbook()
  fill(book)
  await book.xlsx.writeFile(path)
}
