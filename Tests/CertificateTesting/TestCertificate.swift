/// For `localhost`, signed by itself, valid from 2020 to 2119; of use to nobody else.
public enum TestCertificate {
  /// PEM.
  public static let certificate = """
    -----BEGIN CERTIFICATE-----
    MIIBizCCATKgAwIBAgIBATAKBggqhkjOPQQDAjAUMRIwEAYDVQQDDAlsb2NhbGhv
    c3QwIBcNMjAwMTAxMDAwMDAwWhgPMjEyMDAxMDEwMDAwMDBaMBQxEjAQBgNVBAMM
    CWxvY2FsaG9zdDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABGqWFKxM2UFF5JYw
    QQZRDzG5jlm3tp5f5/qDoX6zIzLdfeyJo2bbWza4MJu/+i3JalgdOf/iRzXggSf8
    YZmzlCijczBxMBoGA1UdEQQTMBGCCWxvY2FsaG9zdIcEfwAAATAPBgNVHRMBAf8E
    BTADAQH/MA4GA1UdDwEB/wQEAwIChDATBgNVHSUEDDAKBggrBgEFBQcDATAdBgNV
    HQ4EFgQUGgMdz7EeEsEFSkux8FfoHVgz+1MwCgYIKoZIzj0EAwIDRwAwRAIgAU3A
    LdkvUuikCWZBlbhjIqQPz8A4kQ4VtkuX/kCU+QMCIHyNVA0Gtl9QFPsA+ti74oEl
    5BLUgrr2qMHM4cphK7jX
    -----END CERTIFICATE-----
    """

  /// Its key, PEM.
  public static let key = """
    -----BEGIN PRIVATE KEY-----
    MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQggvlq+kbpVe8hLe8C
    RCKWZVXEaLP4bfl7+k/B29EFn0ChRANCAARqlhSsTNlBReSWMEEGUQ8xuY5Zt7ae
    X+f6g6F+syMy3X3siaNm21s2uDCbv/otyWpYHTn/4kc14IEn/GGZs5Qo
    -----END PRIVATE KEY-----
    """
}
