import { uploads } from '../../../../_server/uploads.ts'
import { publicRoute } from '../../../../_session/route.ts'

const handler = publicRoute(({ request }) => uploads().handleWeb(request))

export { handler as DELETE, handler as HEAD, handler as OPTIONS, handler as PATCH }

export const dynamic = 'force-dynamic'
