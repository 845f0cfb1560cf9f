import { bareName } from '#app/_components/format'
import { mediaOf } from '#app/_jobs/show-state'
import type { JobView } from '#core/render-job/data'
import { PlayDialog } from './play-dialog.tsx'

/** A finished video's picture; a click plays it over the page. */
export function PlayTile({ job }: { job: JobView }) {
  return (
    <PlayDialog
      name={bareName(job.presenter.name)}
      text={job.batch.name}
      thumb={mediaOf.thumb(job)}
      video={mediaOf.result(job.id)}
      download={mediaOf.download(job.id)}
    />
  )
}
