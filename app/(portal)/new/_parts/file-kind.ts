export type Kind = 'speech' | 'presenter'

const ENDINGS: Record<Kind, string[]> = {
  speech: [
    ...['mp3', 'wav', 'm4a', 'aac', 'flac', 'ogg', 'oga', 'opus', 'spx', 'mka', 'wma', 'aif', 'aiff', 'caf'],
    ...['amr', 'ac3', 'eac3', 'mp2', 'au', 'w64', 'weba'],
  ],
  presenter: [
    ...[
      'mp4',
      'mov',
      'mkv',
      'webm',
      'avi',
      'flv',
      'm4v',
      '3gp',
      '3g2',
      'mts',
      'm2ts',
      'ts',
      'mpg',
      'mpeg',
      'vob',
    ],
    ...['wmv', 'asf', 'mxf', 'ogv', 'gif', 'jpg', 'jpeg', 'png', 'webp', 'heic', 'heif', 'avif'],
  ],
}

/** What the file pickers offer first. */
export const ACCEPT: Record<Kind, string> = {
  speech: ['audio/*', 'video/*', ...ENDINGS.speech.map((ending) => `.${ending}`)].join(','),
  presenter: ['video/*', 'image/*', ...ENDINGS.presenter.map((ending) => `.${ending}`)].join(','),
}

/** What a file seems to be, by its type and its ending; the server decides by its content. */
export function kindOf({ type, name }: { type: string; name: string }): Kind | null {
  if (type.startsWith('audio/')) return 'speech'
  if (type.startsWith('video/') || type.startsWith('image/')) return 'presenter'
  const ending = name.split('.').at(-1)?.toLowerCase() ?? ''
  if (ENDINGS.speech.includes(ending)) return 'speech'
  return ENDINGS.presenter.includes(ending) ? 'presenter' : null
}

/**
 * Which files become the speech and which presenters. One file put on a step belongs there, whatever it looks
 * like; of many, or dropped beside the steps, each goes where its kind belongs. `unknown` is neither.
 */
export function sortFiles<F extends { type: string; name: string }>(
  files: F[],
  zone: Kind | null,
): { speech: F[]; presenter: F[]; unknown: F[] } {
  const sorted: { speech: F[]; presenter: F[]; unknown: F[] } = { speech: [], presenter: [], unknown: [] }
  for (const file of files) {
    const kind = zone === 'speech' && files.length === 1 ? 'speech' : (kindOf(file) ?? zone ?? 'unknown')
    sorted[kind].push(file)
  }
  return sorted
}
