/** protocol/3 §10 */
export const MAX_NAL_UNITS = 256;
/** Bytes. */
export const MAX_PARAMETER_SET = 4096;
/** Luma samples per side. */
export const MAX_PICTURE_SIDE = 8192;
/** More than any encoder puts into one temporal unit. */
export const MAX_OBUS = 256;
