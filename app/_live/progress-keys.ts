/** Other people's jobs have no id here; the device they run on stands for them. */
export const deviceKey = (device: string): string => `device ${device}`
