/** A labelled range with its value in words beside the label. */
export function Slider({
  id,
  label,
  value,
  text,
  onChange,
  ...range
}: {
  id: string
  label: string
  value: number
  text: string
  min: number
  max: number
  step: number
  disabled?: boolean
  onChange: (value: number) => void
}) {
  return (
    <div className="grid gap-1">
      <div className="flex justify-between gap-3 text-sm">
        <label htmlFor={id} className="font-medium">
          {label}
        </label>
        <span className="text-muted">{text}</span>
      </div>
      <input
        id={id}
        type="range"
        aria-valuetext={text}
        value={value}
        onChange={(event) => onChange(Number(event.target.value))}
        className="h-5 w-full accent-accent disabled:opacity-50"
        {...range}
      />
    </div>
  )
}
