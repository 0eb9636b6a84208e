/* The text of schema.sql, as the library carries it. */
#ifndef LOSSLAB_ENGINE_STORE_SCHEMA_H
#define LOSSLAB_ENGINE_STORE_SCHEMA_H

extern const char ll_schema_sql[]; /* ends in 0 */

#endif
