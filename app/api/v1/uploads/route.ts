import { uploads } from '../../../_server/uploads.ts'
import { publicRoute } from '../../../_session/route.ts'

/** The tus server asks who it is by itself and answers 401. The body streams through; it is never read here. */
const handler = publicRoute(({ request }) => uploads().handleWeb(request))

export { handler as OPTIONS, handler as POST }

export const dynamic = 'force-dynamic'
