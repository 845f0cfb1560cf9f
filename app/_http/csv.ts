/** A line of a CSV file (RFC 4180), each cell in quotes. */
export const csvLine = (cells: readonly (string | null)[]): string =>
  `${cells.map((cell) => `"${harmless(cell ?? '').replaceAll('"', '""')}"`).join(',')}\r\n`

/** A spreadsheet takes a cell that begins so for a formula; behind an apostrophe it is text. */
const harmless = (cell: string): string => (/^[=+\-@\t\r]/.test(cell) ? `'${cell}` : cell)
