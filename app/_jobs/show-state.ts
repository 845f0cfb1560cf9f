import { isPermanent } from '#core/render-job/error-codes'

/** What a job's state is called on a page: its state, told a little finer. */
export type ShownState =
  | 'queued'
  | 'running'
  | 'succeeded'
  | 'failed'
  | 'cancelled'
  | 'cancelling'
  | 'retrying'

interface Stated {
  state: 'queued' | 'running' | 'succeeded' | 'failed' | 'cancelled'
  cancelRequestedAt: Date | null
  notBefore: Date | null
}

/** A running job that was asked to stop is cancelling; a waiting one that failed for now is retrying. */
export function shownState({ state, cancelRequestedAt, notBefore }: Stated): ShownState {
  if (state === 'running' && cancelRequestedAt) return 'cancelling'
  if (state === 'queued' && notBefore) return 'retrying'
  return state
}

/** Whether trying an ended job again can help; where it can't, it needs another video. */
export const canHelp = ({ errorCode }: { errorCode?: string | null }): boolean => !isPermanent(errorCode)

/** Where a job's pictures and files are. */
export const mediaOf = {
  presenterThumb: (presenter: { id: string; thumbnailKey: string | null }) =>
    presenter.thumbnailKey ? `/api/v1/assets/${presenter.id}/thumbnail` : null,
  thumb: (job: {
    id: string
    resultThumbKey: string | null
    presenter: { id: string; thumbnailKey: string | null }
  }) => (job.resultThumbKey ? `/api/v1/jobs/${job.id}/thumbnail` : mediaOf.presenterThumb(job.presenter)),
  asset: (id: string) => `/api/v1/assets/${id}/media`,
  result: (jobId: string) => `/api/v1/jobs/${jobId}/result`,
  download: (jobId: string) => `/api/v1/jobs/${jobId}/result?download=1`,
}
