import { z } from 'zod'
import { visibleName } from '#core/names'

export const assetKind = z.enum(['speech', 'presenter'])
export type AssetKind = z.infer<typeof assetKind>

const NAME_LENGTH = 200

/** What a client says about an upload. The name is for display and decides nothing. */
export const uploadMetadata = z.object({
  kind: assetKind,
  filename: z.string().nullish().transform(cleanName),
})
export type UploadMetadata = z.infer<typeof uploadMetadata>

/** A file's name as it is shown: without its folders, 200 characters at most. */
export function cleanName(name: string | null | undefined): string {
  const last = (name ?? '').split(/[/\\]/).at(-1) ?? ''
  const short = [...visibleName(last)].slice(0, NAME_LENGTH).join('')
  return visibleName(short) || 'untitled'
}
