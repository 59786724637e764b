/** Rows of cells of a CSV text (RFC 4180), without the byte order mark. */
export function parseCsv(text: string): string[][] {
  const rows: string[][] = [[]]
  const cell = /("(?:[^"]|"")*"|[^,\r\n]*)(,|\r?\n|$)/y
  const body = text.replace(/^\ufeff/, '')
  while (cell.lastIndex < body.length) {
    const found = cell.exec(body)
    if (!found) break
    rows[rows.length - 1].push(found[1].startsWith('"') ? found[1].slice(1, -1).replace(/""/g, '"') : found[1])
    if (found[2] === ',' && cell.lastIndex === body.length) rows[rows.length - 1].push('')
    else if (found[2] !== ',') rows.push([])
  }
  if (!rows[rows.length - 1].length) rows.pop()
  return rows
}

/** What came back of a list that was not taken: the line of each row that has something in its last cell, its name
 * (the column under one of those heads), and what that says. */
export function faultsOf(text: string, nameHeads: string[]): { line: number; name: string; text: string }[] {
  const rows = parseCsv(text),
    named = (cell: string) => nameHeads.some((head) => cell.toLowerCase().includes(head))
  const at = Math.max(
    0,
    rows.slice(0, 5).findIndex((cells) => cells.some(named)),
  ) // a title may stand above the row of titles
  const nameColumn = (rows[at] ?? []).findIndex(named)
  return rows
    .map((cells, i) => ({ line: i + 1, name: cells[nameColumn] ?? '', text: cells[cells.length - 1] ?? '' }))
    .slice(at + 1)
    .filter((row) => row.text)
}
