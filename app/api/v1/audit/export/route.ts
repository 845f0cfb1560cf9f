import { readQuery } from '#app/_http/body'
import { csvLine } from '#app/_http/csv'
import { attachment } from '#app/_http/media-response'
import { adminRoute } from '#app/_http/route'
import { AUDIT_COLUMNS, auditCells } from '#app/_serial/audit'
import { type AuditCursor, type AuditFilter, auditFilter, listAudit } from '#core/audit/data'
import { writeExport } from '#core/audit/mutations'

/** All audit entries that match, newest first, as a CSV file. */
export const GET = adminRoute(async ({ request, viewer }) => {
  const filter = readQuery(request, auditFilter)
  await writeExport(viewer.id, request.nextUrl.searchParams.toString())
  const name = `greenroom-audit-${new Date().toISOString().slice(0, 10)}.csv`
  const pieces = linesOf(filter)
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { done, value } = await pieces.next()
      if (done) controller.close()
      else controller.enqueue(value)
    },
    cancel: async () => void (await pieces.return()),
  })
  return new Response(body, {
    headers: { 'Content-Type': 'text/csv; charset=utf-8', 'Content-Disposition': attachment(name) },
  })
})

const AT_ONCE = 1000

/** The file in pieces, each read when the one before it has gone out. Its first character tells Excel that it is UTF-8. */
async function* linesOf(filter: AuditFilter) {
  const bytes = new TextEncoder()
  yield bytes.encode(`\ufeff${csvLine(AUDIT_COLUMNS)}`)
  for (let before: AuditCursor | undefined; ; ) {
    const entries = await listAudit(filter, { limit: AT_ONCE, before })
    if (entries.length > 0) yield bytes.encode(entries.map((entry) => csvLine(auditCells(entry))).join(''))
    if (entries.length < AT_ONCE) return
    before = entries[AT_ONCE - 1]
  }
}
