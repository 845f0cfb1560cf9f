const TYPES: Record<string, string> = {
  mp4: 'video/mp4',
  mov: 'video/quicktime',
  webm: 'video/webm',
  mkv: 'video/x-matroska',
  avi: 'video/x-msvideo',
  flv: 'video/x-flv',
  m4a: 'audio/mp4',
  mp3: 'audio/mpeg',
  wav: 'audio/wav',
  aac: 'audio/aac',
  flac: 'audio/flac',
  ogg: 'audio/ogg',
  jpg: 'image/jpeg',
  png: 'image/png',
  webp: 'image/webp',
  gif: 'image/gif',
  '3gp': 'video/3gpp',
  ts: 'video/mp2t',
  mpg: 'video/mpeg',
  wmv: 'video/x-ms-wmv',
  mp2: 'audio/mpeg',
  aiff: 'audio/aiff',
}

/** The content type of a storage key, from its ending: Greenroom chose it after looking at the content. */
export const mediaTypeOf = (key: string): string =>
  TYPES[key.slice(key.lastIndexOf('.') + 1)] ?? 'application/octet-stream'
