import {
  accountField,
  belongsTo,
  type CollectionTemplate,
  imageField,
  slugField,
  timeFields,
} from './template.ts';

const OWN_ORDER = 'customer = @request.auth.id';
const OWN_ITEM = 'order.customer = @request.auth.id';
const OPEN_ITEM = `${OWN_ITEM} && order.status = 'open'`;

/** A catalogue that superusers keep, and orders that customers fill while they are open, at the prices of the catalogue. */
export const shop: CollectionTemplate = {
  name: 'shop',
  collections: [
    {
      name: 'categories',
      listRule: '',
      viewRule: '',
      fields: [{ name: 'name', type: 'text', required: true, max: 100, presentable: true }, slugField],
      indexes: ['CREATE UNIQUE INDEX idx_categories_slug ON categories (slug)'],
    },
    {
      name: 'products',
      listRule: 'available = true',
      viewRule: 'available = true',
      fields: [
        { name: 'name', type: 'text', required: true, max: 200, presentable: true },
        { name: 'description', type: 'editor' },
        { name: 'cents', type: 'number', required: true, min: 1, onlyInt: true, help: 'Price in cents' },
        { name: 'stock', type: 'number', min: 0, onlyInt: true },
        { name: 'available', type: 'bool' },
        imageField('pictures', { maxSelect: 10, thumbs: ['200x200', '800x800'] }),
        { name: 'category', type: 'relation', collectionId: 'categories', maxSelect: 1 },
        ...timeFields,
      ],
      indexes: ['CREATE INDEX idx_products_category ON products (category, available)'],
    },
    {
      name: 'orders',
      listRule: OWN_ORDER,
      viewRule: OWN_ORDER,
      createRule: `@request.auth.id != '' && ${OWN_ORDER} && status = 'open'`,
      // Customers place an order; what comes then is the shop's business.
      updateRule: `${OWN_ORDER} && status = 'open' && @request.body.customer:changed = false && (@request.body.status:isset = false || @request.body.status = 'open' || @request.body.status = 'placed')`,
      deleteRule: `${OWN_ORDER} && status = 'open'`,
      fields: [
        accountField('customer'),
        {
          ...{ name: 'status', type: 'select', required: true, maxSelect: 1 },
          values: ['open', 'placed', 'paid', 'sent', 'cancelled'],
        },
        { name: 'address', type: 'text', max: 500 },
        ...timeFields,
      ],
      indexes: ['CREATE INDEX idx_orders_customer ON orders (customer, created)'],
    },
    {
      name: 'order_items',
      listRule: OWN_ITEM,
      viewRule: OWN_ITEM,
      createRule: `${OPEN_ITEM} && cents = product.cents && product.available = true`,
      deleteRule: OPEN_ITEM,
      fields: [
        belongsTo('order', 'orders'),
        { name: 'product', type: 'relation', collectionId: 'products', maxSelect: 1, required: true },
        { name: 'quantity', type: 'number', required: true, min: 1, max: 100, onlyInt: true },
        { name: 'cents', type: 'number', required: true, min: 1, onlyInt: true, help: 'Price of one' },
      ],
      indexes: ['CREATE UNIQUE INDEX idx_order_items ON order_items (`order`, product)'],
    },
  ],
};
