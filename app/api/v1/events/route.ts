import { connect } from '#app/_events/hub'
import { userRoute } from '#app/_http/route'

/** Server-sent events for open pages: see app/_events/view.ts for what is said to whom. */
export const GET = userRoute(
  async ({ request, viewer }) => new Response(await connect(viewer, request.signal), { headers: HEADERS }),
)

const HEADERS = {
  'Content-Type': 'text/event-stream; charset=utf-8',
  // no-transform also keeps Next from compressing, and so holding back, the stream.
  'Cache-Control': 'no-cache, no-transform',
  'X-Accel-Buffering': 'no',
  // The connection ends with its stream; kept alive it would hold up the end of the process.
  Connection: 'close',
}
