/** Real bytes that the tests of this package share. */

const hex = (text: string) => Buffer.from(text, 'hex');

/** Parameter sets from recordings of real hosts. */
export const SUNSHINE_SPS = hex('67640020acb402802dd350101014000003000400000301e23c60ca80');
export const SUNSHINE_PPS = hex('68ef3cb0');
export const WOLF_SPS = hex('67640020acb402802dd80b50101014000003000400000301e23c60ca80');
export const SUNSHINE_HEVC_VPS = hex('40010c01ffff016000000300900000030000030078ba0240');
export const SUNSHINE_HEVC_SPS = hex(
  '420101016000000300900000030000030078a00280802d165bab930b9a808080820000030002000003007810',
);

/** x264, three B frames: it may reorder by two. */
export const X264_REORDERING_SPS = hex('67640028acd940780227e584000003000400000300f03c60c658');
/** x264, interlaced, scaling matrices by preset, NAL HRD. */
export const X264_HRD_SPS = hex('6764001eace402818fcf08000003000800000301e3130007a12000f427261807c50a92');
/** x264, 4:4:4, 1366x768. */
export const X264_444_SPS = hex('67f400209196401581878be10000030001000003003c0f183248');
/** x264, Constrained Baseline, cropped to 1080 lines. */
export const X264_BASELINE_SPS = hex('6742c028da01e0089f9610000003001000000303c0f1832a');
/** 128x96, no VUI at all. */
export const BARE_SPS = hex('6742000af841a2');

/** x265: Main 1920x1080, Main 10, and 4:4:4 with temporal sub-layers. */
export const X265_MAIN_SPS = hex(
  '420101016000000300900000030000030078a003c0801107cb96e92930b9a020000003002000000303c1',
);
export const X265_MAIN10_SPS = hex(
  '420101022000000300900000030000030078a003c0801107cad96e92930b9a020000030002000003003c10',
);
export const X265_LAYERS_SPS = hex(
  '4201010408000003009e0800000300003f9000a0402e3b8bcb7494985cd010000003001000000301e080',
);

/** SVT-AV1: temporal delimiter, sequence header, the start of a frame that is cut to fit its size. */
export const SVT_KEY_UNIT = hex('12000a0e00000042a67fd9e257c880808082320410009100');
export const SVT_INTER_UNIT = hex('1200321c300200000000226800000080008000cd6d27521d6c1978330a8f9b1d');
export const SVT_1080_SEQUENCE = hex('0a0e0000004aabbfc3712be440404041');
