-- Telephone numbers: the SQL declaration of standard_phone, whose rules are in src/core/fields/standard_phone.rs.

CREATE FUNCTION rowkit.standard_phone(phone text, default_region text DEFAULT NULL) RETURNS text
    LANGUAGE c IMMUTABLE PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'standard_phone_wrapper';
COMMENT ON FUNCTION rowkit.standard_phone(text, text) IS
'Returns a telephone number in the standard form of ITU-T E.164, such as +15551234567, however it was typed: with any dash or middle dot, in full width, with a label such as TEL: before it. default_region is the country (ISO 3166, as US) of numbers without a country code. NULL for NULL, for what is no number '
'that can be dialled, as one with an extension, and for a number without a country code where the region is NULL or not known. Never raises. IMMUTABLE. '
'Example: SELECT rowkit.standard_phone(''(555) 123-4567'', ''US''). '
'phone is the number as it was typed.';
