import { useTranslations } from 'next-intl'
import { isInspected, isUnderWay, type UploadItem } from './uploads.ts'

const MAX_VIDEOS = 500

/** The one thing that is missing before the batch can go, in words; null when nothing is. */
export function useMissing(
  speech: UploadItem | undefined,
  presenters: UploadItem[],
  name: string,
): string | null {
  const t = useTranslations('new')
  const files = [...(speech ? [speech] : []), ...presenters]
  const uploading = files.filter(isUnderWay).length
  const unseen = files.filter((item) => !isInspected(item)).length
  const ready = presenters.filter((item) => item.status === 'ready').length
  if (speech?.status !== 'ready' && !(speech && isUnderWay(speech))) return t('needSpeech')
  if (presenters.length === 0) return t('needPresenter')
  if (uploading > 0) return t('wait', { n: uploading })
  if (unseen > 0) return t('waitInspection', { n: unseen })
  if (ready === 0) return t('needPresenter')
  if (ready > MAX_VIDEOS) return t('tooMany', { n: ready - MAX_VIDEOS })
  if (name.trim() === '') return t('needName')
  return null
}
