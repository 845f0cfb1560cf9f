import { notFound } from '#app/_http/problem'
import { publicRoute } from '#app/_http/route'

/** An address of the API that leads nowhere answers like the rest of it, and not with a page. */
const handler = publicRoute(async () => notFound('The API has no such address.'))

export { handler as DELETE, handler as GET, handler as PATCH, handler as POST, handler as PUT }
