"""The words of OpenSSL for a stream that two processes read."""

import ssl

if __name__ == "__main__":
    raise ssl.SSLError(
        1, "[SSL: DECRYPTION_FAILED_OR_BAD_RECORD_MAC] decryption failed or bad record mac"
    )
