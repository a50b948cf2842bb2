// The server answers this path itself; this file is for serving the folder alone.
export default { path_prefix: '' };
