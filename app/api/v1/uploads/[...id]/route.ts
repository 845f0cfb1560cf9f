import { publicRoute } from '#app/_http/route'
import { uploads } from '#app/_http/uploads'

const handler = publicRoute(({ request }) => uploads().handleWeb(request))

export { handler as DELETE, handler as HEAD, handler as OPTIONS, handler as PATCH }
