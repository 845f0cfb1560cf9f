import Link from 'next/link'
import { bareName } from '#app/_components/format'
import { Thumb } from '#app/_components/ui/thumb.tsx'
import { mediaOf } from '#app/_jobs/show-state'
import type { JobView } from '#core/render-job/data'

/** Which job a row is about: picture, presenter, batch; on a phone its owner too. */
export function JobCell({ job }: { job: JobView }) {
  return (
    <div className="flex min-w-0 items-center gap-3">
      <Thumb src={mediaOf.presenterThumb(job.presenter)} className="h-8 w-14 rounded-sm max-sm:hidden" />
      <div className="min-w-0 leading-tight">
        <Link
          prefetch={false}
          href={`/jobs/${job.id}`}
          title={job.presenter.name}
          className="block truncate text-base leading-5 font-medium hover:underline"
        >
          {bareName(job.presenter.name)}
        </Link>
        <p className="truncate text-xs text-muted">
          <Link
            prefetch={false}
            href={`/batches/${job.batchId}`}
            title={job.batch.name}
            className="hover:underline"
          >
            {job.batch.name}
          </Link>
          <span className="md:hidden"> · {job.owner.name}</span>
        </p>
      </div>
    </div>
  )
}
