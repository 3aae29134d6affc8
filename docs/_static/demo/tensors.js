/**
 * Reading a model file: safetensors (a JSON header, then arrays), gzipped.
 */

const ARRAYS = {
  U8: Uint8Array, I8: Int8Array, U16: Uint16Array, I16: Int16Array, U32: Uint32Array, I32: Int32Array,
  U64: BigUint64Array, F32: Float32Array,
};
const STEPS = ".steps";

/**
 * Undo gzip, unless the server has done so already: some send a .gz file as one that is compressed for the journey.
 * @param {Uint8Array} bytes
 * @returns {Promise<ArrayBuffer>}
 */
async function unzipped(bytes) {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes.slice().buffer;
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Response(stream).arrayBuffer();
}

/**
 * @param {Uint8Array} bytes of a file
 * @param {string} key under which the file's own header stands
 * @returns {Promise<{header: object, arrays: Object<string, ArrayLike>}>} arrays of steps come back summed up
 */
export async function readTensors(bytes, key) {
  const buffer = await unzipped(bytes);
  const size = Number(new DataView(buffer).getBigUint64(0, true));
  const listed = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 8, size)));
  const { __metadata__: metadata, ...tensors } = listed;
  const arrays = {};
  for (const [name, { dtype, data_offsets: [begin, end] }] of Object.entries(tensors)) {
    const array = new ARRAYS[dtype](buffer.slice(8 + size + begin, 8 + size + end));
    if (name.endsWith(STEPS)) arrays[name.slice(0, -STEPS.length)] = summed(array);
    else arrays[name] = array;
  }
  return { header: JSON.parse(metadata[key]), arrays };
}

/** @param {ArrayLike<number>} steps @returns {Uint32Array} running sums */
function summed(steps) {
  let sum = 0;
  return Uint32Array.from(steps, (step) => (sum += step));
}

/** @param {Uint8Array} bytes UTF-8, an item a line @returns {string[]} */
export function lines(bytes) {
  const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
  return text ? text.split("\n") : [];
}
