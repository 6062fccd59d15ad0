import type { DynamoDBRecord } from 'aws-lambda';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { brokenOffRecord } from '../../functions/core/log-record.ts';
import { readChanges } from '../../functions/export/stream-records.ts';
import { aChange, aRecord, at, toImage, toRecord } from './samples.ts';

const record = aRecord();
const brokenOff = brokenOffRecord(
  { requestId: record.request_id, workspaceId: record.workspace_id, apiKeyId: null, at },
  30,
);
const read = (batch: DynamoDBRecord[]) => readChanges(batch, toRecord);

describe('a batch of the stream', () => {
  it('is read as records, in its order', () => {
    const batch = [aChange(record), aChange(aRecord({ request_id: 'req_2', traceparent: 'x' }))];
    expect(read(batch)).toEqual({
      changes: [
        { record, news: true, eventId: batch[0]?.eventID, sequence: batch[0]?.dynamodb?.SequenceNumber },
        expect.objectContaining({ record: aRecord({ request_id: 'req_2', traceparent: 'x' }), news: true }),
      ],
      unreadable: [],
    });
  });

  it('leaves out what expired, and wakes nobody for it', () => {
    const removed: DynamoDBRecord = {
      eventID: 'r',
      eventName: 'REMOVE',
      dynamodb: { SequenceNumber: '1', OldImage: toImage(record) },
      userIdentity: { principalId: 'dynamodb.amazonaws.com', type: 'Service' },
    };
    expect(read([removed])).toEqual({ changes: [], unreadable: [] });
  });

  it('leaves out the audit trail, which lies in the same table, and wakes nobody for it', () => {
    const audit = { pk: { S: 'AUDIT#ws_1' }, sk: { S: 'req_a' } };
    const put = (eventName: 'INSERT' | 'MODIFY', Keys?: typeof audit): DynamoDBRecord => ({
      eventID: 'a',
      eventName,
      dynamodb: { ...(Keys && { Keys }), NewImage: { ...toImage(record), ...audit }, SequenceNumber: '2' },
    });
    const batch = [put('INSERT', audit), put('MODIFY', audit), put('INSERT'), aChange(record)];
    expect(read(batch)).toMatchObject({ changes: [{ record }], unreadable: [] });
    expect(read(batch).changes).toHaveLength(1);
  });

  it.each([
    ['the true record after one that broke off', record, brokenOff, true],
    ['the same again', record, record, false],
    ['a change of what was charged', { ...record, settled: true }, { ...record, settled: false }, false],
    ['one that broke off, again', brokenOff, brokenOff, false],
    ['one that broke off after the true one', brokenOff, record, false],
  ])('knows what is news: %s', (_, now, before, news) => {
    expect(read([aChange(now, before)]).changes).toMatchObject([{ record: now, news }]);
  });

  it('names what is no record by its keys, and goes on', () => {
    const good = aChange(record);
    const broken = (image: object, eventName: 'INSERT' | 'MODIFY' = 'INSERT'): DynamoDBRecord => ({
      eventID: 'b',
      eventName,
      dynamodb: {
        Keys: { pk: { S: 'ws_1#0' }, sk: { S: 'req_b' } },
        NewImage: image as ReturnType<typeof toImage>,
        SequenceNumber: '9',
      },
    });
    const images = [
      {},
      { request_id: { S: 'req_b' } },
      { ...toImage(record), attempts: { S: '[{"ms":' } },
      { ...toImage(record), attempts: { S: 'null' } },
      { ...toImage(record), attempts: { S: '[null]' } },
      { ...toImage(record), at: { S: 'yesterday' } },
      { ...toImage(record), total_ms: { NULL: true } },
      { ...toImage(record), status: { S: '200' } },
    ];
    const { changes, unreadable } = read([...images.map((image) => broken(image)), { eventName: 'INSERT' }, good]);
    expect(changes).toHaveLength(1);
    expect(unreadable).toHaveLength(images.length + 1);
    expect(unreadable[0]).toEqual({ event_id: 'b', pk: 'ws_1#0', sk: 'req_b' });
  });

  it('never throws, whatever an attribute holds', () => {
    const value = fc.oneof(
      fc.record({ S: fc.string() }),
      fc.record({ N: fc.string() }),
      fc.record({ BOOL: fc.boolean() }),
      fc.constant({ NULL: true }),
      fc.constant({}),
    );
    const name = fc.constantFrom(...Object.keys(record));
    fc.assert(
      fc.property(name, value, (field, attribute) => {
        const image = { ...toImage(record), [field]: attribute } as ReturnType<typeof toImage>;
        const { changes, unreadable } = read([
          { eventID: 'f', eventName: 'INSERT', dynamodb: { NewImage: image, SequenceNumber: '1' } },
        ]);
        expect(changes.length + unreadable.length).toBe(1);
      }),
    );
  });
});
