export { createNodeSockets, type NodeSocketOptions } from '../socket/node.js';
