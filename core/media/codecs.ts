/** Codecs of sound that a speech or a presenter video may have, by ffprobe's names; PCM of every kind beside them. */
export const AUDIO_CODECS = [
  ...['aac', 'mp3', 'mp2', 'flac', 'alac', 'vorbis', 'opus', 'speex', 'ac3', 'eac3', 'dts', 'truehd'],
  ...[
    'amr_nb',
    'amr_wb',
    'wmav1',
    'wmav2',
    'wmapro',
    'wmavoice',
    'wmalossless',
    'gsm',
    'gsm_ms',
    'nellymoser',
  ],
]

/** Whether a codec of sound, by ffprobe's name, is one that we decode. */
export const isKnownSound = (codec: string): boolean =>
  AUDIO_CODECS.includes(codec) || /^(ad)?pcm_/.test(codec)

/** Codecs of pictures that a presenter video may have, by ffprobe's names. */
export const VIDEO_CODECS = [
  ...['h264', 'hevc', 'av1', 'vp8', 'vp9', 'mpeg4', 'mpeg2video', 'mpeg1video', 'h263', 'flv1', 'vp6f'],
  ...[
    'mjpeg',
    'prores',
    'dnxhd',
    'msmpeg4v2',
    'msmpeg4v3',
    'dvvideo',
    'theora',
    'wmv1',
    'wmv2',
    'wmv3',
    'vc1',
  ],
  ...[
    'gif',
    'qtrle',
    'png',
    'webp',
    'jpegls',
    'jpeg2000',
    'cfhd',
    'ffv1',
    'rawvideo',
    'v210',
    'huffyuv',
    'utvideo',
  ],
]

const PCM = [
  ...[
    'alaw',
    'mulaw',
    's8',
    'u8',
    's8_planar',
    's16le_planar',
    's16be_planar',
    's24le_planar',
    's32le_planar',
  ],
  ...['s16', 'u16', 's24', 'u24', 's32', 'u32', 'f32', 'f64', 's64'].flatMap((name) => [
    `${name}le`,
    `${name}be`,
  ]),
  ...['bluray', 'dvd'],
].map((name) => `pcm_${name}`)

const ADPCM = ['ms', 'ima_wav', 'ima_qt', 'swf', 'yamaha'].map((name) => `adpcm_${name}`)

/**
 * Every decoder that may open, by ffmpeg's names, of which some codecs have several: those of the codecs above, of
 * covers, and of sound that a presenter video may have although nobody listens to it.
 */
export const CODECS = [
  ...AUDIO_CODECS,
  ...['mp3float', 'mp2float', 'mp1', 'mp1float', 'aac_fixed', 'aac_latm', 'libfdk_aac', 'ac3_fixed'],
  ...[
    'libopus',
    'libvorbis',
    'libspeex',
    'dca',
    'mlp',
    'amrnb',
    'amrwb',
    'libopencore_amrnb',
    'libopencore_amrwb',
  ],
  ...['libgsm', 'libgsm_ms'],
  ...PCM,
  ...ADPCM,
  ...VIDEO_CODECS,
  ...[
    'libdav1d',
    'libaom-av1',
    'libvpx',
    'libvpx-vp9',
    'flv',
    'msmpeg4',
    'mpegvideo',
    'h263p',
    'vp6',
    'vp6a',
  ],
  ...['vc1image', 'wmv3image', 'libopenjpeg'],
]

/** Names that ffprobe may know a stream of text or drawings by; no packet of theirs is ever decoded. */
export const SUBTITLE_DECODERS = [
  ...[
    'ass',
    'ssa',
    'srt',
    'subrip',
    'mov_text',
    'webvtt',
    'text',
    'dvbsub',
    'dvdsub',
    'pgssub',
    'xsub',
    'cc_dec',
  ],
  ...['libzvbi_teletextdec'],
]
