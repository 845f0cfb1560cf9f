import { useTranslations } from 'next-intl'
import { Select } from '#app/_components/ui/select.tsx'
import { OUTPUT_RATES, OUTPUT_SIZES, type RenderOptions } from '#core/engine/options'

/** What comes out: length, rate and size. */
export function OutputFields({
  options,
  set,
  ignored,
}: {
  options: RenderOptions
  set: (change: Partial<RenderOptions>) => void
  ignored: (option: keyof RenderOptions) => boolean
}) {
  const t = useTranslations('options')
  const word = useTranslations('new')
  const numbers = (values: readonly number[], key: 'fpsValue' | 'sizeValue') => [
    { value: '', label: t('asVideo') },
    ...values.map((n) => ({ value: String(n), label: t(key, { n: String(n) }) })),
  ]
  return (
    <>
      <Select
        id="option-short"
        label={t('shortVideo')}
        value={options.shortVideo}
        choices={(['loop', 'freeze'] as const).map((value) => ({ value, label: t(`shortVideos.${value}`) }))}
        disabled={ignored('shortVideo')}
        hint={ignored('shortVideo') && word('unsupported')}
        onChoose={(value) => set({ shortVideo: value as 'loop' })}
      />
      <div className="grid grid-cols-2 gap-3">
        <Select
          id="option-photo"
          label={t('photo')}
          value={options.photo}
          choices={(['held', 'moving'] as const).map((value) => ({ value, label: t(`photos.${value}`) }))}
          onChoose={(value) => set({ photo: value as 'held' })}
        />
        <label className="grid content-start gap-1.5 text-sm font-medium">
          {t('background')}
          <input
            type="color"
            value={options.background}
            onChange={(event) => set({ background: event.target.value })}
            className="h-9 w-full cursor-pointer rounded-md border bg-surface p-1"
          />
        </label>
      </div>
      <div className="grid grid-cols-2 gap-3">
        <Select
          id="option-fps"
          label={t('fps')}
          value={options.fps ?? ''}
          choices={numbers(OUTPUT_RATES, 'fpsValue')}
          onChoose={(value) => set({ fps: value === '' ? null : (Number(value) as 25) })}
        />
        <Select
          id="option-size"
          label={t('size')}
          value={options.size ?? ''}
          choices={numbers(OUTPUT_SIZES, 'sizeValue')}
          onChoose={(value) => set({ size: value === '' ? null : (Number(value) as 720) })}
        />
      </div>
    </>
  )
}
