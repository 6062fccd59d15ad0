/** owner: everything. support: reads only. */
export const operatorRoles = ['owner', 'support'] as const;

export interface Operator {
  name: string;
  role: (typeof operatorRoles)[number];
}
