'use client'

import { Download, Play } from 'lucide-react'
import { useTranslations } from 'next-intl'
import { useState } from 'react'
import { buttonClass } from '#app/_components/ui/button.tsx'
import { Dialog } from '#app/_components/ui/dialog.tsx'
import { Thumb } from '#app/_components/ui/thumb.tsx'

export function PlayDialog({
  name,
  text,
  thumb,
  video,
  download,
}: {
  name: string
  text: string
  thumb: string | null
  video: string
  download: string
}) {
  const action = useTranslations('action')
  const [open, setOpen] = useState(false)
  return (
    <>
      <button
        type="button"
        aria-label={`${action('play')}: ${name}`}
        onClick={() => setOpen(true)}
        className="group absolute inset-0"
      >
        <Thumb src={thumb} className="size-full" />
        <span className="absolute inset-0 grid place-items-center bg-black/0 transition-colors group-hover:bg-black/25">
          <span className="grid size-10 place-items-center rounded-full bg-black/60 text-white opacity-0 transition-opacity group-hover:opacity-100 group-focus-visible:opacity-100">
            <Play aria-hidden="true" className="ml-0.5 size-4 fill-current" />
          </span>
        </span>
      </button>
      <Dialog open={open} onOpenChange={setOpen} title={name} text={text} closeLabel={action('close')} wide>
        {/* biome-ignore lint/a11y/useMediaCaption: nobody has captions of an uploaded video. */}
        <video
          src={video}
          poster={thumb ?? undefined}
          controls
          autoPlay
          playsInline
          aria-label={name}
          className="max-h-[70dvh] w-full rounded-sm bg-black"
        />
        <a href={download} download className={buttonClass({ look: 'primary' })}>
          <Download aria-hidden="true" />
          {action('download')}
        </a>
      </Dialog>
    </>
  )
}
