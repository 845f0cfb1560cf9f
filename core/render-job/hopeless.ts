/** Errors that come again on the same files, however often they are tried. */
const HOPELESS = ['no_face', 'media_unreadable', 'unsupported_media', 'no_audio']

/** Whether a job that ended with this error would only fail again: it needs another file. */
export const isHopeless = (errorCode: string | null | undefined): boolean =>
  errorCode != null && HOPELESS.includes(errorCode)
