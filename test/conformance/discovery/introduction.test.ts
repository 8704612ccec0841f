/** How Things are found stands where it is built; those tests have ids, too. */
import '../../../packages/directory/test/introduction/dns-sd.test.js';
import '../../../packages/directory/test/introduction/explorer.test.js';
import '../../../packages/directory/test/introduction/introduce-server.test.js';
import '../../../packages/directory/test/introduction/link-format.test.js';
import '../../../packages/directory/test/introduction/service-instance.test.js';
