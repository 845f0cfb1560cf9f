import { useTranslations } from 'next-intl'
import { DEFAULT_OPTIONS, type RenderOptions } from '#core/engine/options'

/** What of a render's options differs from the defaults, each as a few words; empty for an ordinary render. */
export function useOptionWords(): (
  options: RenderOptions,
) => { key: keyof RenderOptions; name: string; value: string }[] {
  const t = useTranslations('options')
  const percent = (n: number) => t('percent', { n: Math.round(n * 100) })
  const asVideo = t('asVideo')
  return (options) => {
    const { face, leadMs, fps, size } = options
    const values: Record<keyof RenderOptions, string> = {
      quality: t(`qualities.${options.quality}`),
      engine: options.engine ? t(`engines.${options.engine}`) : t('engineDefault'),
      face: t(`faces.${typeof face === 'string' ? face : 'point'}`),
      leadMs: leadMs < 0 ? t('lagHint', { n: -leadMs }) : t('leadHint', { n: leadMs }),
      strength: percent(options.strength),
      expressiveness: percent(options.expressiveness),
      shortVideo: t(`shortVideos.${options.shortVideo}`),
      photo: t(`photos.${options.photo}`),
      background: options.background,
      fps: fps ? t('fpsValue', { n: fps }) : asVideo,
      size: size ? t('sizeValue', { n: size }) : asVideo,
    }
    const keys = Object.keys(DEFAULT_OPTIONS) as (keyof RenderOptions)[]
    return keys
      .filter((key) => options[key] !== DEFAULT_OPTIONS[key])
      .map((key) => ({ key, name: t(key), value: values[key] }))
  }
}

/** The same as one line of small tags; nothing for an ordinary render. */
export function OptionsList({ options }: { options: RenderOptions }) {
  const t = useTranslations('options')
  const words = useOptionWords()(options)
  if (words.length === 0) return null
  return (
    <ul aria-label={t('title')} className="flex flex-wrap gap-1.5">
      {words.map(({ name, value }) => (
        <li key={name} className="rounded-sm border px-1.5 text-xs leading-5 text-muted">
          {t('named', { name, value })}
        </li>
      ))}
    </ul>
  )
}
