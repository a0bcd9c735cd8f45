export const RULES = `
rules:
  - topic: order.created
    table: public.orders
    on: insert
    audience: [role:bench]
    title: "New order #{{ row.id }}"
    body: "{{ row.customer_name }}"
    link: "/orders/{{ row.id }}"
`;

export const TABLES = `
  create table orders (id bigint generated always as identity primary key, customer_name text not null)`;
