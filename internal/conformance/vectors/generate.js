// Makes vectors.json: records as other implementations serialize them, with
// the schemas they need and the JSON that they must decode to.
'use strict';

const { execFileSync } = require('node:child_process');
const crypto = require('node:crypto');
const fs = require('node:fs');
const path = require('node:path');

const avsc = require('avsc');
const { createFileRegistry, create, fromBinary, fromJson, toBinary, toJson } = require('@bufbuild/protobuf');
const { FileDescriptorProtoSchema, FileDescriptorSetSchema } = require('@bufbuild/protobuf/wkt');
const confluent = require('@confluentinc/schemaregistry');
const { MockClient } = require('@confluentinc/schemaregistry/dist/mock-schemaregistry-client');
const { SchemaId } = require('@confluentinc/schemaregistry/dist/serde/serde');
const { GlueSchemaRegistry, SchemaType } = require('@meinestadt.de/glue-schema-registry');

const { HeaderSchemaIdSerializer, PrefixSchemaIdSerializer, SerdeType } = confluent;

// uuidOf makes ids that depend on nothing but the schema.
function uuidOf(...parts) {
  const h = crypto.createHash('sha256').update(parts.join('\0')).digest('hex');
  return `${h.slice(0, 8)}-${h.slice(8, 12)}-4${h.slice(13, 16)}-8${h.slice(17, 20)}-${h.slice(20, 32)}`;
}

// Registry is Confluent's mock with GUIDs that do not change from run to run.
class Registry extends MockClient {
  async getIDFromRegistry(subject, schema) {
    const made = await super.getIDFromRegistry(subject, schema);
    const guid = uuidOf(schema.schema, JSON.stringify(schema.references ?? []));
    this.guidToSchemaCache.delete(made.guid);
    this.guidToSchemaCache.set(guid, { info: schema, softDeleted: false });
    return new SchemaId('', made.id, guid);
  }
}

const client = new Registry({ baseURLs: ['mock://'] });
const schemas = [];
const records = [];

async function register(name, subject, format, schema, { references = [], text } = {}) {
  const info = { schemaType: format, schema, references: references.map(({ name, subject, version }) => ({ name, subject, version })) };
  const meta = await client.registerFullResponse(subject, info);
  const version = await client.getVersion(subject, info);
  const entry = {
    name,
    registry: 'confluent',
    format,
    id: meta.id,
    guid: meta.guid,
    subject,
    version,
    text: text ?? schema,
    serialized: format === 'PROTOBUF' ? schema : undefined,
    references: references.length ? references : undefined,
  };
  schemas.push(entry);
  return entry;
}

// serialize makes two records of one value: with the id before the value and
// with the GUID in a header. Only what was registered is used.
async function serialize(name, entry, makeSerializer, value, want) {
  for (const [way, schemaIdSerializer] of [['prefix', PrefixSchemaIdSerializer], ['header', HeaderSchemaIdSerializer]]) {
    const serializer = makeSerializer({ useLatestVersion: true, autoRegisterSchemas: false, schemaIdSerializer });
    const headers = {};
    const bytes = await serializer.serialize(entry.subject.replace(/-value$/, ''), value, headers);
    records.push({
      name: `${name}, ${way}`,
      schema: entry.name,
      data: bytes.toString('hex'),
      headers: Object.fromEntries(Object.entries(headers).map(([k, v]) => [k, v.toString('hex')])),
      ...want,
    });
  }
}

// ---- Avro ------------------------------------------------------------------

const orderAvro = {
  type: 'record', name: 'Order', namespace: 'shop',
  fields: [
    { name: 'id', type: 'long' },
    { name: 'sku', type: 'string' },
    { name: 'qty', type: 'int' },
    { name: 'note', type: ['null', 'string'], default: null },
  ],
};

const orderAvro2 = {
  type: 'record', name: 'Order', namespace: 'shop',
  fields: [
    { name: 'id', type: 'long' },
    { name: 'article', type: 'string', aliases: ['sku'] },
    { name: 'qty', type: 'long' },
    { name: 'currency', type: 'string', default: 'EUR' },
    { name: 'note', type: ['null', 'string'], default: null },
  ],
};

const everythingAvro = {
  type: 'record', name: 'Everything', namespace: 'shop',
  fields: [
    { name: 'flag', type: 'boolean' },
    { name: 'small', type: 'int' },
    { name: 'large', type: 'long' },
    { name: 'single', type: 'float' },
    { name: 'double', type: 'double' },
    { name: 'text', type: 'string' },
    { name: 'raw', type: 'bytes' },
    { name: 'digest', type: { type: 'fixed', name: 'Digest', size: 4 } },
    { name: 'size', type: { type: 'enum', name: 'Size', symbols: ['S', 'M', 'XL'] } },
    { name: 'words', type: { type: 'array', items: 'string' } },
    { name: 'counts', type: { type: 'map', values: 'long' } },
    { name: 'line', type: { type: 'record', name: 'Line', fields: [{ name: 'sku', type: 'string' }, { name: 'qty', type: 'int' }] } },
    { name: 'lines', type: { type: 'array', items: 'Line' } },
    { name: 'byName', type: { type: 'map', values: 'Line' } },
    { name: 'either', type: ['null', 'long', 'string', 'Line'] },
    { name: 'other', type: ['null', 'long', 'string', 'Line'] },
    { name: 'third', type: ['null', 'long', 'string', 'Line'] },
    { name: 'nothing', type: ['null', 'Size'] },
  ],
};

const logicalAvro = {
  type: 'record', name: 'Logical', namespace: 'shop',
  fields: [
    { name: 'day', type: { type: 'int', logicalType: 'date' } },
    { name: 'atMillis', type: { type: 'int', logicalType: 'time-millis' } },
    { name: 'atMicros', type: { type: 'long', logicalType: 'time-micros' } },
    { name: 'whenMillis', type: { type: 'long', logicalType: 'timestamp-millis' } },
    { name: 'whenMicros', type: { type: 'long', logicalType: 'timestamp-micros' } },
    { name: 'localMillis', type: { type: 'long', logicalType: 'local-timestamp-millis' } },
    { name: 'price', type: { type: 'bytes', logicalType: 'decimal', precision: 9, scale: 2 } },
    { name: 'debt', type: { type: 'fixed', name: 'Money', size: 8, logicalType: 'decimal', precision: 12, scale: 3 } },
    { name: 'uuid', type: { type: 'string', logicalType: 'uuid' } },
    { name: 'maybe', type: ['null', { type: 'long', logicalType: 'timestamp-millis' }], default: null },
    { name: 'unknown', type: { type: 'string', logicalType: 'no-such-type' } },
  ],
};

const treeAvro = {
  type: 'record', name: 'Tree', namespace: 'shop',
  fields: [
    { name: 'label', type: 'string' },
    { name: 'next', type: ['null', 'Tree'], default: null },
    { name: 'children', type: { type: 'array', items: 'Tree' } },
  ],
};

const countryAvro = { type: 'enum', name: 'Country', namespace: 'shop.geo', symbols: ['AT', 'PT'] };
const addressAvro = {
  type: 'record', name: 'Address', namespace: 'shop.geo',
  fields: [{ name: 'city', type: 'string' }, { name: 'country', type: 'shop.geo.Country' }],
};
const customerAvro = {
  type: 'record', name: 'Customer', namespace: 'shop',
  fields: [
    { name: 'id', type: 'long' },
    { name: 'home', type: 'shop.geo.Address' },
    { name: 'others', type: { type: 'array', items: 'shop.geo.Address' } },
    { name: 'born', type: ['null', 'shop.geo.Country'] },
  ],
};

const line = { sku: 'AB-7', qty: 3 };
const everything = {
  flag: true, small: -2147483648, large: 9007199254740990, single: 1.5, double: -0.1, text: 'é€😀', raw: Buffer.from([0, 255, 65]),
  digest: Buffer.from([1, 2, 3, 4]), size: 'XL', words: ['', 'a', 'b'], counts: { a: 1, b: -1 }, line, lines: [line, { sku: '', qty: 0 }],
  byName: { x: line }, either: 7, other: 'seven', third: line, nothing: null,
};
// Bytes in the Avro specification's JSON: one character per byte.
const everythingJSON = { ...everything, raw: '\u0000\u00ffA', digest: '\u0001\u0002\u0003\u0004' };

const logical = {
  day: 20416, atMillis: 45296789, atMicros: 45296789012, whenMillis: 1763980800123, whenMicros: 1763980800123456,
  localMillis: 1763980800123, price: Buffer.from([0x09, 0xa5]), debt: Buffer.from([255, 255, 255, 255, 255, 255, 251, 46]),
  uuid: 'b7b4a7f0-9c96-4e4a-a687-fb5de9ef0c63', maybe: 1763980800000, unknown: 'as it is',
};
const logicalJSON = { ...logical, price: '\u0009\u00a5', debt: '\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00fb\u002e' };
const logicalValues = {
  ...logical, day: '2025-11-24', atMillis: '12:34:56.789', atMicros: '12:34:56.789012', whenMillis: '2025-11-24T10:40:00.123Z',
  whenMicros: '2025-11-24T10:40:00.123456Z', localMillis: '2025-11-24T10:40:00.123', price: '24.69', debt: '-1.234',
  maybe: '2025-11-24T10:40:00Z',
};

const tree = {
  label: 'root', next: { label: 'next', next: null, children: [] },
  children: [{ label: 'a', next: null, children: [{ label: 'aa', next: null, children: [] }] }, { label: 'b', next: null, children: [] }],
};
const customer = { id: 7, home: { city: 'Graz', country: 'AT' }, others: [{ city: 'Faro', country: 'PT' }], born: 'PT' };

async function avro() {
  const make = (conf) => new confluent.AvroSerializer(client, SerdeType.VALUE, conf);
  const add = (name, subject, schema, options) => register(name, subject, 'AVRO', JSON.stringify(schema), options);
  const write = (name, entry, value, json, values) =>
    serialize(name, entry, make, value, { json: json ?? value, logicalJSON: values });

  const order = await add('avro order', 'orders-value', orderAvro);
  await write('avro order', order, { id: 1001, sku: 'AB-7', qty: 3, note: null });
  await write('avro order with a note', order, { id: -2, sku: 'é', qty: 0, note: 'hi' });
  const order2 = await add('avro order, second version', 'orders-value', orderAvro2);
  await write('avro order, second version', order2, { id: 1002, article: 'AB-8', qty: 4, currency: 'CHF', note: null });

  await write('avro everything', await add('avro everything', 'everything-value', everythingAvro), everything, everythingJSON);
  await write('avro logical types', await add('avro logical types', 'logical-value', logicalAvro), logical, logicalJSON, logicalValues);
  await write('avro tree', await add('avro tree', 'tree-value', treeAvro), tree);

  await add('avro country', 'country', countryAvro);
  const country = { name: 'shop.geo.Country', subject: 'country', version: 1, schema: 'avro country' };
  await add('avro address', 'address', addressAvro, { references: [country] });
  const address = { name: 'shop.geo.Address', subject: 'address', version: 1, schema: 'avro address' };
  // The country is reached through the address and named again here, because
  // the customer uses it too.
  await write('avro customer', await add('avro customer', 'customers-value', customerAvro, { references: [country, address] }), customer);

  await write('avro long', await add('avro long', 'long-value', 'long'), 1001);
  await write('avro string', await add('avro string', 'string-value', 'string'), 'AB-7');
  await write('avro union', await add('avro union', 'union-value', ['null', 'string', 'long']), 'AB-7');
  // A root of bytes is the payload as it is, without its length.
  await write('avro bytes', await add('avro bytes', 'bytes-value', 'bytes'), Buffer.from([1, 255]), '\u0001\u00ff');
}

// ---- JSON Schema -----------------------------------------------------------

const orderJSON = {
  $schema: 'http://json-schema.org/draft-07/schema#', title: 'Order', type: 'object',
  properties: { id: { type: 'integer' }, sku: { type: 'string' } }, required: ['id', 'sku'], additionalProperties: false,
};
const cartJSON = {
  $schema: 'https://json-schema.org/draft/2020-12/schema', $id: 'https://shop.example/cart.json', type: 'object',
  properties: {
    lines: { type: 'array', minItems: 1, items: { $ref: 'line.json' } },
    total: { type: 'number', exclusiveMinimum: 0 },
    state: { enum: ['open', 'paid'] },
  },
  required: ['lines'],
};
const lineJSON = {
  $schema: 'https://json-schema.org/draft/2020-12/schema', $id: 'https://shop.example/line.json', type: 'object',
  properties: { sku: { $ref: '#/$defs/sku' }, qty: { type: 'integer', minimum: 1 } }, required: ['sku', 'qty'],
  $defs: { sku: { type: 'string', pattern: '^[A-Z]{2}-[0-9]+$' } },
};

async function json() {
  const make = (conf) => new confluent.JsonSerializer(client, SerdeType.VALUE, conf);
  const add = (name, subject, schema, options) => register(name, subject, 'JSON', JSON.stringify(schema), options);
  const write = (name, entry, value) => serialize(name, entry, make, value, { json: value });

  await write('json order', await add('json order', 'ordersjson-value', orderJSON), { id: 1001, sku: 'AB-7' });
  await add('json line', 'linejson', lineJSON);
  const ref = { name: 'line.json', subject: 'linejson', version: 1, schema: 'json line' };
  await write('json cart', await add('json cart', 'cart-value', cartJSON, { references: [ref] }), {
    lines: [line, { sku: 'ZZ-1', qty: 1 }], total: 12.5, state: 'open',
  });
}

// ---- Protobuf --------------------------------------------------------------

const protoPath = (file) => path.join(__dirname, 'protos', file);

function loadProtos() {
  const files = JSON.parse(fs.readFileSync(path.join(__dirname, 'descriptors.json'), 'utf8')).map((f) => ({
    ...f, proto: fromBinary(FileDescriptorProtoSchema, Buffer.from(f.descriptor, 'base64')),
  }));
  return { files, registry: createFileRegistry(create(FileDescriptorSetSchema, { file: files.map((f) => f.proto) })) };
}

async function protobuf() {
  const { files, registry } = loadProtos();
  const text = (file) => fs.readFileSync(protoPath(file), 'utf8');
  const serialized = (file) => files.find((f) => f.path === file).descriptor;
  const make = (conf) => {
    const s = new confluent.ProtobufSerializer(client, SerdeType.VALUE, conf);
    s.registry = registry;
    return s;
  };
  const add = (name, subject, file, options) => register(name, subject, 'PROTOBUF', serialized(file), { ...options, text: text(file) });
  const write = (name, entry, message, value) => {
    const desc = registry.getMessage(message);
    const msg = fromJson(desc, value);
    const json = toJson(desc, msg, { useProtoFieldName: true });
    return serialize(name, entry, make, msg, { message, json });
  };

  const orders = await add('protobuf orders', 'ordersproto-value', 'shop/orders.proto');
  await write('protobuf first message', orders, 'shop.Zed', { id: '5' });
  await write('protobuf first message, empty', orders, 'shop.Zed', {});
  await write('protobuf second message', orders, 'shop.Order', { id: '1001', sku: 'AB-7' });
  await write('protobuf second message, empty', orders, 'shop.Order', {});
  await write('protobuf first nested message', orders, 'shop.Order.Aux', { x: 1 });
  await write('protobuf second nested message', orders, 'shop.Order.Line', line);

  const maps = await add('protobuf maps', 'maps-value', 'shop/maps.proto');
  await write('protobuf maps', maps, 'shop.Basket', {
    attributes: { b: '2', a: '1' }, items: { 7: { sku: 'AB-7', stock: { x: 1 } } }, batches: { z: { number: 4294967295 } },
  });
  await write('protobuf message behind maps', maps, 'shop.Basket.Item', { sku: 'AB-7', stock: { x: 1 } });
  await write('protobuf message nested behind maps', maps, 'shop.Basket.Item.Batch', { number: 9 });
  await write('protobuf message behind maps and messages', maps, 'shop.Basket.Note', { text: 'hi' });

  await add('protobuf country', 'shop/geo/country.proto', 'shop/geo/country.proto');
  const country = { name: 'shop/geo/country.proto', subject: 'shop/geo/country.proto', version: 1, schema: 'protobuf country' };
  await add('protobuf address', 'shop/geo/address.proto', 'shop/geo/address.proto', { references: [country] });
  const address = { name: 'shop/geo/address.proto', subject: 'shop/geo/address.proto', version: 1, schema: 'protobuf address' };
  const customers = await add('protobuf customer', 'customersproto-value', 'shop/customer.proto', { references: [address] });
  await write('protobuf customer', customers, 'shop.Customer', {
    id: '7', name: 'é', home: { street: 'Ring 1', city: 'Graz', country: 'COUNTRY_AT' }, others: [{}, { city: 'Faro' }],
    since: '2025-11-24T10:40:00.123456Z', phone: '18446744073709551615', rank: 0,
  });

  const types = await add('protobuf types', 'types-value', 'shop/types.proto');
  await write('protobuf types', types, 'shop.Types', {
    aDouble: -0.1, aFloat: 1.5, anInt32: -1, anInt64: '-9223372036854775808', aUint32: 4294967295, aUint64: '18446744073709551615',
    aSint32: -2147483648, aSint64: '-9223372036854775808', aFixed32: 1, aFixed64: '2', anSfixed32: -3, anSfixed64: '-4', aBool: true,
    aString: 'é€😀', someBytes: 'AP9B', numbers: [1, -1, 300], words: ['', 'a'], deep: { k: { bottom: true } }, size: 'SIZE_XL',
  });
  await write('protobuf NaN and infinity', types, 'shop.Types', { aDouble: 'NaN', aFloat: '-Infinity' });
  await write('protobuf message nested three deep', types, 'shop.Types.Deep.Deeper.Deepest', { bottom: true });

  const many = await add('protobuf many', 'many-value', 'shop/many.proto');
  await write('protobuf index of one byte', many, 'shop.many.M63', { n: 63 });
  await write('protobuf index of two bytes', many, 'shop.many.M64', { n: 64 });
}

// ---- AWS Glue --------------------------------------------------------------

async function glue() {
  const registry = new GlueSchemaRegistry('vectors', { region: 'eu-west-1' });
  for (const [name, schema, value, json, values] of [
    ['glue order', orderAvro, { id: 1001, sku: 'AB-7', qty: 3, note: null }],
    ['glue everything', everythingAvro, everything, everythingJSON],
    ['glue logical types', logicalAvro, logical, logicalJSON, logicalValues],
    ['glue tree', treeAvro, tree],
  ]) {
    const text = JSON.stringify(schema);
    const versionId = uuidOf('glue', text);
    schemas.push({ name, registry: 'glue', format: SchemaType.AVRO, versionId, subject: schema.name, version: 1, text });
    // The schema is put where the client keeps what it has fetched: no network.
    registry.avroSchemaCache[versionId] = avsc.Type.forSchema(schema);
    for (const compress of [false, true]) {
      const bytes = await registry.encode(versionId, value, { compress });
      records.push({
        name: `${name}, ${compress ? 'zlib' : 'plain'}`, schema: name, data: bytes.toString('hex'), headers: {},
        json: json ?? value, logicalJSON: values,
      });
    }
  }
}

// glueJava has AWS's own serializer for Java make what no JavaScript serializer
// makes: JSON and Protobuf.
function glueJava() {
  const lines = [];
  const made = [];
  const base64 = (v) => Buffer.from(v).toString('base64');
  const add = (name, format, subject, text, serialized) => {
    const entry = { name, registry: 'glue', format, versionId: uuidOf('glue', text), subject, version: 1, text, serialized };
    schemas.push(entry);
    return entry;
  };
  const write = (name, entry, parts, want) => {
    for (const [way, compression] of [['plain', 'NONE'], ['zlib', 'ZLIB']]) {
      lines.push([entry.format, compression, entry.versionId, ...parts].join('\t'));
      made.push({ name: `${name}, ${way}`, schema: entry.name, data: '', headers: {}, ...want });
    }
  };

  const order = { id: 1001, sku: 'AB-7' };
  const orderSchema = JSON.stringify(orderJSON);
  write('glue json order', add('glue json order', 'JSON', 'orders-json', orderSchema), [base64(orderSchema), base64(JSON.stringify(order))], {
    json: order,
  });

  const { files, registry } = loadProtos();
  const writeProto = (name, entry, message, value) => {
    const desc = registry.getMessage(message);
    const msg = fromJson(desc, value);
    write(name, entry, [entry.serialized, message, base64(toBinary(desc, msg))], {
      message, json: toJson(desc, msg, { useProtoFieldName: true }),
    });
  };
  const addProto = (name, path) => {
    const f = files.find((f) => f.path === path);
    return add(name, 'PROTOBUF', path, fs.readFileSync(protoPath(path), 'utf8'), f.descriptor);
  };
  const orders = addProto('glue protobuf orders', 'shop/orders.proto');
  writeProto('glue protobuf order', orders, 'shop.Order', { id: '1001', sku: 'AB-7' });
  writeProto('glue protobuf nested message', orders, 'shop.Order.Line', line);
  writeProto('glue protobuf message declared first', orders, 'shop.Zed', { id: '5' });
  const maps = addProto('glue protobuf maps', 'shop/maps.proto');
  writeProto('glue protobuf maps', maps, 'shop.Basket', { attributes: { a: '1' } });
  writeProto('glue protobuf message behind maps', maps, 'shop.Basket.Item', { sku: 'AB-7', stock: { x: 1 } });
  writeProto('glue protobuf message behind map entries', maps, 'shop.Basket.Note', { text: 'hi' });

  const out = execFileSync('java', ['-cp', 'java/target/dependency/*', 'java/GlueVectors.java'], {
    cwd: __dirname, input: `${lines.join('\n')}\n`, encoding: 'utf8', stdio: ['pipe', 'pipe', 'inherit'],
  }).trim().split('\n');
  made.forEach((record, i) => records.push({ ...record, data: out[i] }));
}

async function main() {
  const [, , target] = process.argv;
  if (!target) throw new Error('usage: node generate.js <file>');
  await avro();
  await json();
  await protobuf();
  await glue();
  glueJava();
  const { dependencies } = JSON.parse(fs.readFileSync(path.join(__dirname, 'package.json'), 'utf8'));
  const doc = { madeWith: dependencies, schemas, records };
  fs.writeFileSync(target, JSON.stringify(doc, null, 1) + '\n');
  console.log(`${schemas.length} schemas, ${records.length} records`);
}

main().catch((err) => {
  console.error(err);
  process.exitCode = 1;
});
