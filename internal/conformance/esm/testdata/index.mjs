import { appendFileSync } from 'node:fs';

// Names every record that says it is bad, and those that say so once.
const seen = new Set();

export const handler = async (event) => {
  const batchItemFailures = [];
  for (const [partition, records] of Object.entries(event.records)) {
    for (const { topic, offset, value } of records) {
      const order = JSON.parse(Buffer.from(value, 'base64').toString());
      const again = seen.has(order.id);
      seen.add(order.id);
      if (order.bad || (order.late && !again)) {
        batchItemFailures.push({ itemIdentifier: { partition, offset } });
      } else {
        appendFileSync(process.env.LEDGER, `${partition} ${offset} ${topic}\n`);
      }
    }
  }
  return { batchItemFailures };
};
