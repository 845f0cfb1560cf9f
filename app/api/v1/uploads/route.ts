import { publicRoute } from '#app/_http/route'
import { uploads } from '#app/_http/uploads'

/** The tus server asks who it is by itself and answers 401. The body streams through; it is never read here. */
const handler = publicRoute(({ request }) => uploads().handleWeb(request))

export { handler as OPTIONS, handler as POST }
