import { userRoute } from '#app/_http/route'
import { trashJson } from '#app/_serial/trash'
import { readRetention } from '#core/retention/rules'
import { listTrash } from '#core/trash/data'
import { emptyOwnTrash } from '#core/trash/empty'

/** What the asker deleted and can still have back. */
export const GET = userRoute(async ({ viewer }) => {
  const [items, { trashDays }] = await Promise.all([listTrash(viewer.id), readRetention()])
  return Response.json({ items: trashJson(items, trashDays) })
})

/** Deletes for good what is there, but for what has still to stop. */
export const DELETE = userRoute(async ({ viewer }) => {
  await emptyOwnTrash(viewer.id)
  return new Response(null, { status: 204 })
})
