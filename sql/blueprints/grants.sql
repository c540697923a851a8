-- What default privileges gave the API's roles when the objects were made, or anyone since, is taken back. What they may do is granted after this.

SELECT rowkit_internal._reset_grants('@blueprint@', $rowkit$@schema@$rowkit$::regnamespace);
