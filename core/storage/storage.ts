import type { Readable } from 'node:stream'

/**
 * Where assets and results live, by keys that Greenroom generates (`assets/<id>/source.mp4`).
 * Every function throws on a key that isn't of that form.
 */
export type Storage = {
  /** Moves a local file in under a key, whole or not at all, replacing what was there. */
  put(localPath: string, key: string): Promise<void>
  /** Reads a file, or the bytes `start` to `end` of it, both included. The stream fails when there is none. */
  openRead(key: string, range?: { start: number; end: number }): Promise<Readable>
  /** Bytes of a file; null when there is none. */
  size(key: string): Promise<number | null>
  exists(key: string): Promise<boolean>
  /** Removes a file; nothing happens when there is none. */
  remove(key: string): Promise<void>
  /** Removes all files under `folder/`, such as `assets/<id>`; nothing happens when there are none. */
  removeFolder(folder: string): Promise<void>
  /** A local file with the same content, to be read and never changed: for ffmpeg and the worker. */
  localPath(key: string): Promise<string>
}

const SEGMENT = /^[A-Za-z0-9][A-Za-z0-9._-]*$/

/** Checks a storage key: segments of letters, digits, dots, dashes; none starts with a dot. Throws otherwise. */
export function checkKey(key: string): string {
  const segments = key.split('/')
  const fine = key.length <= 300 && segments.length >= 2 && segments.every((segment) => SEGMENT.test(segment))
  if (!fine) throw new Error(`Not a storage key: ${JSON.stringify(key)}`)
  return key
}
